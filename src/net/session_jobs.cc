#include "net/session_jobs.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace mnm::net {

SessionJobs::~SessionJobs() {
  // Unlinking a large file takes its time, which the other links of this thread don't have.
  if (upload_) context_.upload_pool.submit([upload = std::exchange(upload_, nullptr)] {});
}

template <class Job, class Then>
void SessionJobs::elsewhere(WorkerPool& pool, Job job, Then then) {
  pool.submit([weak = weak_from_this(), io = &context_.io, job = std::move(job),
               then = std::move(then)]() mutable {
    auto result = job();
    boost::asio::post(*io, [weak, then, result = std::move(result)]() mutable {
      const auto self = weak.lock();
      if (!self || self->answers_ == nullptr) return;
      then(*self, std::move(result));
    });
  });
}

void SessionJobs::write_body(std::string chunk, bool last) {
  using Written = Result<std::shared_ptr<log::Upload>>;
  auto job = [upload = upload_, bodies = &context_.bodies, chunk = std::move(chunk),
              last]() mutable -> Written {
    if (!upload) {
      auto made = bodies->create();
      if (!made) return fail(made.error());
      upload = std::move(*made);
    }
    if (auto appended = upload->append(chunk); !appended) return fail(appended.error());
    if (last) {
      if (auto synced = upload->sync(); !synced) return fail(synced.error());
    }
    return upload;
  };
  elsewhere(context_.upload_pool, std::move(job), [last](SessionJobs& self, Written written) {
    self.upload_ = written && !last ? *written : nullptr;
    if (written && !last) written = std::shared_ptr<log::Upload>();
    self.answers_->body_written(std::move(written));
  });
}

void SessionJobs::read_message(Lsn id) {
  auto job = [messages = &context_.messages, id]() -> Result<ops::MessageHandle> {
    const auto row = messages->message(id);
    if (!row) return fail(row.error());
    return ops::decode_row(id, *row);
  };
  elsewhere(context_.read_pool, std::move(job),
            [](SessionJobs& self, Result<ops::MessageHandle> message) {
              self.answers_->message_read(std::move(message));
            });
}

void SessionJobs::read_body(log::BodyFile file, std::uint64_t offset, std::size_t count) {
  struct Chunk {
    std::shared_ptr<log::Download> download;
    Result<std::string> octets;
  };
  if (offset == 0) download_ = nullptr;
  auto job = [download = download_, bodies = &context_.bodies, file, offset,
              count]() mutable -> Chunk {
    if (!download) {
      auto opened = bodies->open(file);
      if (!opened) return {nullptr, fail(opened.error())};
      download = std::move(*opened);
    }
    auto octets = download->read(offset, count);
    return {std::move(download), std::move(octets)};
  };
  elsewhere(context_.read_pool, std::move(job), [offset](SessionJobs& self, Chunk chunk) {
    const bool last = !chunk.octets || offset + chunk.octets->size() >= chunk.download->size();
    self.download_ = last ? nullptr : std::move(chunk.download);
    self.answers_->body_read(std::move(chunk.octets));
  });
}

}  // namespace mnm::net

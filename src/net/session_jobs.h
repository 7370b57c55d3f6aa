// What a session waits for the disk for: chunks of an upload, cold messages, files of large bodies.
//
// Made and called on a net thread; the work is done in its pools, and the answers come back on the
// thread. Once the owner has let go of it no answer comes any more.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "log/body_store.h"
#include "net/link.h"
#include "ops/message.h"

namespace mnm::net {

// Who gets the answers; outlives its jobs' handle.
class JobAnswers {
 public:
  virtual void body_written(Result<std::shared_ptr<log::Upload>> upload) = 0;
  virtual void message_read(Result<ops::MessageHandle> message) = 0;
  virtual void body_read(Result<std::string> chunk) = 0;

 protected:
  ~JobAnswers() = default;
};

class SessionJobs : public std::enable_shared_from_this<SessionJobs> {
 public:
  SessionJobs(LinkContext& context, JobAnswers& answers) : context_(context), answers_(&answers) {}
  SessionJobs(const SessionJobs&) = delete;
  SessionJobs& operator=(const SessionJobs&) = delete;
  ~SessionJobs();

  // As in SessionActions and SenderActions.
  void write_body(std::string chunk, bool last);
  void read_message(Lsn id);
  void read_body(log::BodyFile file, std::uint64_t offset, std::size_t count);
  // The owner goes.
  void let_go() { answers_ = nullptr; }

 private:
  // Runs `job` in the pool and gives its result to `then` here, unless the owner is gone by then.
  template <class Job, class Then>
  void elsewhere(WorkerPool& pool, Job job, Then then);

  LinkContext& context_;
  JobAnswers* answers_;
  std::shared_ptr<log::Upload> upload_;
  std::shared_ptr<log::Download> download_;
};

// Most sessions never need one: made at the first use.
class LazyJobs {
 public:
  LazyJobs(LinkContext& context, JobAnswers& answers) : context_(&context), answers_(answers) {}
  LazyJobs(const LazyJobs&) = delete;
  LazyJobs& operator=(const LazyJobs&) = delete;
  ~LazyJobs() { let_go(); }

  SessionJobs& use() {
    if (!jobs_) jobs_ = std::make_shared<SessionJobs>(*context_, answers_);
    return *jobs_;
  }
  void let_go() {
    if (jobs_) jobs_->let_go();
    jobs_ = nullptr;
  }
  // To another thread; while none is in use.
  void moved(LinkContext& context) { context_ = &context; }

 private:
  LinkContext* context_;
  JobAnswers& answers_;
  std::shared_ptr<SessionJobs> jobs_;
};

}  // namespace mnm::net

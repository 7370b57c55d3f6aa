#include "log/sealed_file.h"

#include <algorithm>
#include <utility>

#include "base/codec.h"
#include "base/crypto.h"

namespace mnm::log {
namespace {

// The file has a key of its own, so a chunk's number is nonce enough; and the last one says so.
std::string chunk_nonce(std::uint64_t number, bool last) {
  std::string nonce;
  Encoder encoder(nonce);
  encoder.fixed64_be(number);
  encoder.byte(last ? 1 : 0);
  nonce.resize(kSealNonceBytes);
  return nonce;
}

constexpr SealContext kChunkContext{SealedAs::kChunk, {}};

}  // namespace

SealedFileName sealed_body_name(BodyFile file) {
  SealedFileName name{SealedAs::kBodyKey, {}};
  Encoder encoder(name.context);
  encoder.fixed64_be(file.boot.value());
  encoder.fixed64_be(file.serial);
  return name;
}

SealedFileName sealed_base_name(Lsn lsn) {
  SealedFileName name{SealedAs::kBaseKey, {}};
  Encoder(name.context).fixed64_be(lsn.value());
  return name;
}

std::uint64_t sealed_file_bytes(std::uint64_t text_bytes) {
  const std::uint64_t chunks = std::max<std::uint64_t>(
      1, text_bytes / kChunkTextBytes + (text_bytes % kChunkTextBytes != 0 ? 1 : 0));
  return kSealedHeadBytes + text_bytes + chunks * kSealTagBytes;
}

std::optional<std::uint64_t> sealed_text_bytes(std::uint64_t file_bytes) {
  if (file_bytes < kSealedHeadBytes + kSealTagBytes) return std::nullopt;
  const std::uint64_t content = file_bytes - kSealedHeadBytes;
  const std::uint64_t chunks = content / kChunkBytes + (content % kChunkBytes != 0 ? 1 : 0);
  if (content < chunks * kSealTagBytes) return std::nullopt;
  const std::uint64_t text_bytes = content - chunks * kSealTagBytes;
  if (sealed_file_bytes(text_bytes) != file_bytes) return std::nullopt;
  return text_bytes;
}

FileSealer::FileSealer(const Keyring& keyring, const SealedFileName& name)
    : FileSealer(keyring, name, random_bytes(kSealKeyBytes + kSealNonceBytes)) {}

FileSealer::FileSealer(const Keyring& keyring, const SealedFileName& name, std::string fresh)
    : head_(kSealedFileMagic), key_(std::string_view(fresh).substr(0, kSealKeyBytes)) {
  append_wrapped_key(keyring, {name.as, name.context}, key_.octets(),
                     std::string_view(fresh).substr(kSealKeyBytes), head_);
  wipe(fresh);
  held_.reserve(kChunkTextBytes);
}

void FileSealer::add(std::string_view text, std::string& out) {
  out += std::exchange(head_, {});
  while (!text.empty()) {
    // A full chunk waits for what follows: the last one is sealed as such.
    if (held_.size() == kChunkTextBytes) {
      seal_chunk(held_, false, out);
      held_.clear();
    }
    const std::size_t count = std::min(text.size(), kChunkTextBytes - held_.size());
    held_.append(text.substr(0, count));
    text.remove_prefix(count);
  }
}

void FileSealer::finish(std::string& out) {
  out += std::exchange(head_, {});
  seal_chunk(held_, true, out);
  held_.clear();
}

void FileSealer::seal_chunk(std::string_view text, bool last, std::string& out) {
  append_sealed_bare(key_.octets(), kChunkContext, chunk_nonce(chunks_++, last), text, out);
}

Result<std::unique_ptr<FileOpener>> FileOpener::open(const Keyring& keyring,
                                                     const SealedFileName& name,
                                                     std::string_view head, std::string path) {
  if (head.size() < kSealedHeadBytes || !head.starts_with(kSealedFileMagic)) {
    return fail(ErrorCode::kCorruption, path + ": it isn't sealed, or its head is damaged");
  }
  std::string key;
  key.reserve(kSealKeyBytes);
  if (Result<void> opened =
          append_unwrapped_key(keyring, {name.as, name.context},
                               head.substr(kSealedFileMagic.size(), kWrappedKeyBytes), path, key);
      !opened) {
    return fail(opened.error());
  }
  auto opener = std::make_unique<FileOpener>(std::move(path), key);
  wipe(key);
  return opener;
}

Result<void> FileOpener::open_chunk(std::uint64_t number, bool last, std::string_view sealed,
                                    std::string& out) const {
  if (append_opened_bare(key_.octets(), kChunkContext, chunk_nonce(number, last), sealed, out)) {
    return {};
  }
  return fail(ErrorCode::kTampering,
              path_ + ": it isn't what was sealed: octets of it were changed, or it was cut");
}

Result<std::string> open_sealed_file(const Keyring& keyring, const SealedFileName& name,
                                     std::string_view octets, const std::string& path) {
  const auto opener = FileOpener::open(keyring, name, octets, path);
  if (!opener) return fail(opener.error());
  std::string text;
  std::string_view left = octets.substr(kSealedHeadBytes);
  for (std::uint64_t number = 0;; ++number) {
    const std::string_view chunk = left.substr(0, kChunkBytes);
    left.remove_prefix(chunk.size());
    if (auto opened = (*opener)->open_chunk(number, left.empty(), chunk, text); !opened) {
      return fail(opened.error());
    }
    if (left.empty()) return text;
  }
}

}  // namespace mnm::log

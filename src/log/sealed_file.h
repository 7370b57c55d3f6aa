// Sealed files, body files and bases (doc/log_format.md, "Sealing"): a head with the file's own
// key, then chunks, so that a large one is written and read with little memory, and a cut is
// noticed.
//
// Pure but for the random key; one thread each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "log/keyring.h"
#include "log/log.h"
#include "log/wrapped_key.h"

namespace mnm::log {

inline constexpr std::string_view kSealedFileMagic = "mnmseal1";
inline constexpr std::size_t kSealedHeadBytes = kSealedFileMagic.size() + kWrappedKeyBytes;
inline constexpr std::size_t kChunkTextBytes = std::size_t{64} << 10;
inline constexpr std::size_t kChunkBytes = kChunkTextBytes + kSealTagBytes;

// Which file it is: covered by the tag of its key.
struct SealedFileName {
  SealedAs as;
  std::string context;
};
[[nodiscard]] SealedFileName sealed_body_name(BodyFile file);
[[nodiscard]] SealedFileName sealed_base_name(Lsn lsn);

// How long a sealed file of so many octets of text is; and the other way round, none where no file
// has that length.
[[nodiscard]] std::uint64_t sealed_file_bytes(std::uint64_t text_bytes);
[[nodiscard]] std::optional<std::uint64_t> sealed_text_bytes(std::uint64_t file_bytes);

class FileSealer {
 public:
  FileSealer(const Keyring& keyring, const SealedFileName& name);
  // Appends what is complete to `out`: the head first, then chunks. Holds back up to one chunk.
  void add(std::string_view text, std::string& out);
  // Appends the last chunk. Nothing is added after.
  void finish(std::string& out);

 private:
  FileSealer(const Keyring& keyring, const SealedFileName& name, std::string fresh);
  void seal_chunk(std::string_view text, bool last, std::string& out);

  std::string head_;  // until it is written
  std::string held_;
  std::uint64_t chunks_ = 0;
  const PassingKey key_;
};

class FileOpener {
 public:
  // From the head of a file. `path` is for errors: kTampering, kDenied; kUnknownFormat when it is
  // no sealed file.
  [[nodiscard]] static Result<std::unique_ptr<FileOpener>> open(const Keyring& keyring,
                                                                const SealedFileName& name,
                                                                std::string_view head,
                                                                std::string path);
  // Appends the text of the chunk with this number, from 0, to `out`. kTampering: it isn't what was
  // sealed, isn't the last one though it should be, or is and shouldn't.
  [[nodiscard]] Result<void> open_chunk(std::uint64_t number, bool last, std::string_view sealed,
                                        std::string& out) const;

  FileOpener(std::string path, std::string_view key) : path_(std::move(path)), key_(key) {}

 private:
  const std::string path_;
  const PassingKey key_;
};

// A whole file, small enough for memory.
[[nodiscard]] Result<std::string> open_sealed_file(const Keyring& keyring,
                                                   const SealedFileName& name,
                                                   std::string_view octets,
                                                   const std::string& path);

}  // namespace mnm::log

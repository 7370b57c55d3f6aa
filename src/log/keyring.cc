#include "log/keyring.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/codec.h"
#include "base/crypto.h"
#include "log/keyring_format.h"

namespace mnm::log {
namespace {

tl::unexpected<Error> damaged(const std::string& path, std::string_view what) {
  return fail(ErrorCode::kCorruption,
              fmt::format("{}: {}. Put back a copy of it, out of a backup: without it nothing here "
                          "can be read",
                          path, what));
}

struct Head {
  std::uint64_t generation = 0;
  KeyKind kind = KeyKind::kOctets;
  std::uint8_t untold_rekeys = 0;
  Stretching stretching;
  std::uint32_t count = 0;
};

Result<Head> decode_head(Decoder& in, const std::string& path) {
  if (in.raw(kKeyringMagic.size()) != kKeyringMagic) {
    return fail(ErrorCode::kUnknownFormat, path + ": a keyring of no known format");
  }
  Head head;
  head.generation = in.fixed64_be();
  const std::uint8_t kind = in.byte();
  head.untold_rekeys = in.byte();
  const std::string_view reserved = in.raw(2);
  head.kind = static_cast<KeyKind>(kind);
  head.stretching.passes = in.fixed32_be();
  head.stretching.memory_bytes = in.fixed64_be();
  head.stretching.salt = in.raw(kStretchingSaltBytes);
  head.count = in.fixed32_be();
  if (!in.ok()) return damaged(path, "it is cut off");
  if ((head.kind != KeyKind::kOctets && head.kind != KeyKind::kPassphrase) ||
      reserved != std::string_view("\0\0", 2) || head.stretching.passes > kStretchingPassesMax ||
      head.stretching.memory_bytes > kStretchingMemoryBytesMax) {
    return fail(ErrorCode::kUnknownFormat,
                path + ": a keyring whose key is made in a way that this program doesn't know");
  }
  return head;
}

// In the directory, or next to it: what a program that was asked for the wrong one should hear.
tl::unexpected<Error> another_key(const std::string& path, KeyKind has, KeyKind given) {
  const auto word = [](KeyKind kind) { return kind == KeyKind::kOctets ? "key" : "passphrase"; };
  return fail(ErrorCode::kDenied,
              has == given
                  ? fmt::format("{}: this is another {} than the one that it is sealed with", path,
                                word(has))
                  : fmt::format("{}: it is sealed with a {}, and this is a {}", path, word(has),
                                word(given)));
}

}  // namespace

bool is_sealed(const std::string& directory) {
  return ::access((directory + "/" + std::string(kKeyringName)).c_str(), F_OK) == 0;
}

Error no_key(const std::string& directory) {
  return {ErrorCode::kUsage,
          fmt::format("{} is sealed: name the file that holds its key with --key", directory)};
}

Result<std::shared_ptr<Keyring>> Keyring::load(const std::string& directory,
                                               const KeySecret& secret) {
  const std::string path = directory + "/" + std::string(kKeyringName);
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (!is_sealed(directory)) {
      return fail(ErrorCode::kUsage,
                  fmt::format("{} isn't sealed: leave --key out. A sealed copy of it is made by "
                              "mnmlog export --data {} | mnmlog import --into NEW --into-key FILE",
                              directory, directory));
    }
    return fail(system_error("can't open " + path, errno));
  }
  const std::string octets(std::istreambuf_iterator<char>(file), {});
  Result<std::shared_ptr<Keyring>> keyring = decode(octets, path, secret);
  if (keyring) (*keyring)->directory_ = directory;
  return keyring;
}

Result<std::shared_ptr<Keyring>> Keyring::load_if_sealed(const std::string& directory,
                                                         const KeySecret* secret) {
  if (secret != nullptr) return load(directory, *secret);
  if (is_sealed(directory)) return fail(no_key(directory));
  return std::shared_ptr<Keyring>();
}

// A file taken apart: views of its octets.
struct Keyring::File {
  Head head;
  std::string_view entries;
  std::string_view content;  // all that the tag covers
  std::string_view tag;

  static Result<File> parse(std::string_view octets, const std::string& path) {
    constexpr std::size_t kEndBytes = kSealBytes + sizeof(Hash);
    if (octets.size() < kEndBytes) return damaged(path, "it is cut off");
    const std::string_view hashed = octets.substr(0, octets.size() - sizeof(Hash));
    if (as_bytes(sha256(hashed)) != octets.substr(hashed.size())) {
      return damaged(path, "its hash isn't that of its octets");
    }
    File file;
    file.content = hashed.substr(0, hashed.size() - kSealBytes);
    file.tag = hashed.substr(file.content.size());
    Decoder in(file.content);
    Result<Head> head = decode_head(in, path);
    if (!head) return fail(head.error());
    file.head = std::move(*head);
    file.entries = in.raw(in.left());
    return file;
  }
};

Result<std::deque<Keyring::Entry>> Keyring::open_entries(const File& file, const SecretKey& master,
                                                         const std::string& path) {
  std::deque<Entry> entries;
  Decoder in(file.entries);
  for (std::uint32_t i = 0; i < file.head.count; ++i) {
    const std::string_view about = in.raw(kKeyringAboutBytes);
    const std::string_view sealed = in.raw(kSealKeyBytes + kSealBytes);
    Decoder fields(about);
    const std::uint32_t id = fields.fixed32_be();
    const std::uint64_t made_s = fields.fixed64_be();
    std::string key;
    key.reserve(kSealKeyBytes);  // never moved, so that no copy stays behind
    if (!in.ok() || id != i ||
        !append_opened(master.octets(), {SealedAs::kKeyringEntry, about}, sealed, key)) {
      return damaged(path, "a key in it doesn't open");
    }
    entries.push_back({id, made_s, SecretKey(key)});
    wipe(key);
  }
  constexpr std::size_t kEntriesMin = 2;  // for names, for data
  if (!in.done() || entries.size() < kEntriesMin) {
    return damaged(path, "it holds too few keys, or more than it says");
  }
  return entries;
}

Result<std::shared_ptr<Keyring>> Keyring::decode(std::string_view octets, const std::string& path,
                                                 const KeySecret& secret, Replace replace) {
  const Result<File> file = File::parse(octets, path);
  if (!file) return fail(file.error());
  const Head& head = file->head;
  if (head.kind != secret.kind()) return another_key(path, head.kind, secret.kind());
  Result<SecretKey> master = secret.key(head.stretching);
  if (!master) return fail(master.error());
  std::string nothing;
  if (!append_opened(master->octets(), {SealedAs::kKeyring, file->content}, file->tag, nothing)) {
    return another_key(path, head.kind, secret.kind());
  }
  Result<std::deque<Entry>> entries = open_entries(*file, *master, path);
  if (!entries) return fail(entries.error());
  SecretKey names = std::move(entries->front().key);
  entries->pop_front();
  std::shared_ptr<Keyring> keyring(
      new Keyring({head.kind, head.stretching, std::move(*master)}, std::move(names)));
  keyring->replace_ = std::move(replace);
  keyring->data_keys_ = std::move(*entries);
  keyring->generation_ = head.generation;
  keyring->untold_rekeys_ = head.untold_rekeys;
  return keyring;
}

// Of the same secret alone: with another one a relay was begun anew.
void Keyring::read_again_locked() const {
  if (directory_.empty()) return;
  const std::string path = directory_ + "/" + std::string(kKeyringName);
  std::ifstream in(path, std::ios::binary);
  const std::string octets(std::istreambuf_iterator<char>(in), {});
  const Result<File> file = File::parse(octets, path);
  std::string nothing;
  if (!file || file->head.generation <= generation_ ||
      !append_opened(master_.key.octets(), {SealedAs::kKeyring, file->content}, file->tag,
                     nothing)) {
    return;
  }
  Result<std::deque<Entry>> entries = open_entries(*file, master_.key, path);
  if (!entries || entries->size() <= data_keys_.size()) return;
  entries->erase(entries->begin(), entries->begin() + 1 + static_cast<long>(data_keys_.size()));
  for (Entry& entry : *entries) data_keys_.push_back(std::move(entry));
  generation_ = file->head.generation;
}

Keyring::DataKey Keyring::current() const {
  const std::scoped_lock lock(mutex_);
  return {data_keys_.back().id, data_keys_.back().key.octets()};
}

std::optional<std::string_view> Keyring::find(std::uint32_t id) const {
  const std::scoped_lock lock(mutex_);
  if (id > data_keys_.size()) read_again_locked();
  if (id == 0 || id > data_keys_.size()) return std::nullopt;
  return data_keys_[id - 1].key.octets();
}

std::uint64_t Keyring::generation() const {
  const std::scoped_lock lock(mutex_);
  return generation_;
}

std::size_t Keyring::data_keys() const {
  const std::scoped_lock lock(mutex_);
  return data_keys_.size();
}

}  // namespace mnm::log

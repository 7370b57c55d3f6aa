#include "daemon/https_fetch.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <glog/logging.h>

#include <memory>

namespace mnm::daemon {
namespace {

constexpr long kStatusOk = 200;

struct Release {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

// A count other than all ends the transfer.
std::size_t take(const char* octets, std::size_t size, std::size_t count, void* into) {
  auto& document = *static_cast<std::string*>(into);
  const std::size_t more = size * count;
  if (document.size() + more > kFetchBytesMax) return 0;
  document.append(octets, more);
  return more;
}

int go_on(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stop)->load() ? 1 : 0;
}

template <class Value>
void set(CURL* curl, CURLoption option, Value value) {
  CHECK_EQ(curl_easy_setopt(curl, option, value), CURLE_OK) << "option " << option;
}

}  // namespace

void open_fetching() { CHECK_EQ(curl_global_init(CURL_GLOBAL_DEFAULT), CURLE_OK); }

Result<std::string> fetch_https(const std::string& url, const std::string& ca_file,
                                const std::atomic<bool>& stop) {
  const std::unique_ptr<CURL, Release> curl(curl_easy_init());
  if (curl == nullptr) return fail(ErrorCode::kUnavailable, "libcurl has no memory");
  std::string document;
  set(curl.get(), CURLOPT_URL, url.c_str());
  set(curl.get(), CURLOPT_PROTOCOLS_STR, "https");
  set(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
  set(curl.get(), CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(curl.get(), CURLOPT_NOSIGNAL, 1L);  // other threads run
  set(curl.get(), CURLOPT_TIMEOUT_MS,
      static_cast<long>(std::chrono::milliseconds(kFetchWithin).count()));
  set(curl.get(), CURLOPT_WRITEFUNCTION, &take);
  set(curl.get(), CURLOPT_WRITEDATA, &document);
  set(curl.get(), CURLOPT_NOPROGRESS, 0L);
  set(curl.get(), CURLOPT_XFERINFOFUNCTION, &go_on);
  set(curl.get(), CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(&stop));
  if (!ca_file.empty()) set(curl.get(), CURLOPT_CAINFO, ca_file.c_str());
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_WRITE_ERROR) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("{}: more than {} octets", url, kFetchBytesMax));
  }
  if (code != CURLE_OK) {
    return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", url, curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status == kStatusOk) return document;
  return fail(ErrorCode::kUnavailable, fmt::format("{}: answered with status {}", url, status));
}

}  // namespace mnm::daemon

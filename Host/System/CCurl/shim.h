/*
 * libcurl for Swift: the library's header, and what Swift cannot import from it: its variadic functions, one for each
 * kind of argument.
 */
#ifndef GANTRY_CCURL_SHIM_H
#define GANTRY_CCURL_SHIM_H

#include <curl/curl.h>

static inline CURLcode gantry_curl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

/* Options of one transfer. Text is copied by the library; what a pointer leads to is not. */
static inline CURLcode gantry_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode gantry_curl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode gantry_curl_set_text(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode gantry_curl_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode gantry_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

typedef size_t (*gantry_curl_data_fn)(char *data, size_t size, size_t count, void *context);
static inline CURLcode gantry_curl_set_data_function(CURL *easy, CURLoption option, gantry_curl_data_fn function) {
    return curl_easy_setopt(easy, option, function);
}

typedef curl_socket_t (*gantry_curl_socket_fn)(void *context, curlsocktype purpose, struct curl_sockaddr *address);
static inline CURLcode gantry_curl_set_socket_function(CURL *easy, gantry_curl_socket_fn function) {
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, function);
}

static inline CURLcode gantry_curl_get_text(CURL *easy, CURLINFO info, char **out_value) {
    return curl_easy_getinfo(easy, info, out_value);
}

static inline CURLcode gantry_curl_get_long(CURL *easy, CURLINFO info, long *out_value) {
    return curl_easy_getinfo(easy, info, out_value);
}

static inline CURLMcode gantry_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLSHcode gantry_curl_share_connections(CURLSH *share) {
    return curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
}

/* The result of a finished transfer; the union in the message has no name that Swift knows. */
static inline CURLcode gantry_curl_result(const CURLMsg *message) { return message->data.result; }

#endif

// Starts the reading view. A file of its own, since the content security policy allows no script inside the page.
"use strict";

// `?tenant=…` names the tenant where neither listener nor host name does; a page cannot send headers by itself.
const tenant = new URLSearchParams(location.search).get("tenant");

fetch("/openapi.json", { headers: tenant ? { "X-Tenant-Id": tenant } : {} }).then(async (answer) => {
  const body = await answer.json();
  const page = document.getElementById("page");
  if (!answer.ok) {
    page.textContent = body.error.message;
    return;
  }
  // Its search would need a worker made of text, which the policy forbids.
  Redoc.init(body, { disableSearch: true, hideDownloadButton: true, nativeScrollbars: true }, page);
});

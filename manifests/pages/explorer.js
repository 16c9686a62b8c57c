// Starts the explorer. A file of its own, since the content security policy allows no script inside the page.
"use strict";

// `?tenant=…` names the tenant where neither listener nor host name does; a page cannot send headers by itself.
const tenant = new URLSearchParams(location.search).get("tenant");

window.explorer = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#page",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "none",
  // The validator would be another host.
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (tenant && new URL(request.url, location.href).origin === location.origin) {
      request.headers["X-Tenant-Id"] = tenant;
    }
    return request;
  },
});

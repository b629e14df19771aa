// Checks whether this device trusts the server's certificate: the request fails if it does not.
const check = document.getElementById("check");
const results = ["waiting", "yes", "no"].map((id) => document.getElementById(id));
const show = (shown) => {
  for (const result of results) result.hidden = result.id !== shown;
};

check.addEventListener("click", async () => {
  show("waiting");
  try {
    const options = { mode: "no-cors", cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(10000) };
    await fetch(`${check.dataset.address}/healthz`, options);
    // From now on / of this server leads this device to HTTPS.
    // biome-ignore lint/suspicious/noDocumentCookie: the page is read over plain HTTP, where there is no Cookie Store API.
    document.cookie = "prefer_https=1; Path=/; Max-Age=31536000; SameSite=Strict";
    show("yes");
  } catch {
    // biome-ignore lint/suspicious/noDocumentCookie: see above.
    document.cookie = "prefer_https=; Path=/; Max-Age=0; SameSite=Strict";
    show("no");
  }
});

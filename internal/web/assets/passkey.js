// Passkeys (WebAuthn): asks the server for options, lets the browser make or use a passkey, and hands the answer back. Nothing is decided here.
// A part with data-passkey="create" or "get" has the paths data-begin and data-finish, a button, a place for words about failures, and fields
// whose values go along by their names.
"use strict";
(() => {
  const to = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const from = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const each = (list) => (list || []).map((c) => ({ ...c, id: to(c.id) }));

  const creation = (o) => ({ ...o, challenge: to(o.challenge), user: { ...o.user, id: to(o.user.id) }, excludeCredentials: each(o.excludeCredentials) });
  const request = (o) => ({ ...o, challenge: to(o.challenge), allowCredentials: each(o.allowCredentials) });

  // answer writes what the browser gave as the server reads it.
  function answer(c) {
    const r = c.response, out = { clientDataJSON: from(r.clientDataJSON) };
    if (r.attestationObject) {
      out.attestationObject = from(r.attestationObject);
      out.transports = r.getTransports ? r.getTransports() : [];
    } else {
      out.authenticatorData = from(r.authenticatorData);
      out.signature = from(r.signature);
      if (r.userHandle) out.userHandle = from(r.userHandle);
    }
    return { id: c.id, rawId: from(c.rawId), type: c.type, response: out, clientExtensionResults: {} };
  }

  async function post(path, body) {
    const res = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const said = await res.json().catch(() => ({}));
    if (said.to && !res.ok) location.assign(said.to);
    if (!res.ok) throw new Error(said.error || "");
    return said;
  }

  async function run(part) {
    const fields = {};
    for (const f of part.querySelectorAll("input[name]")) fields[f.name] = f.value;
    const step = await post(part.dataset.begin, fields);
    const made = part.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: creation(step.options) })
      : await navigator.credentials.get({ publicKey: request(step.options) });
    const end = await post(part.dataset.finish, { ...fields, ticket: step.ticket, answer: answer(made) });
    location.assign(end.to);
  }

  for (const part of document.querySelectorAll("[data-passkey]")) {
    const button = part.querySelector("button"), words = part.querySelector("[data-words]");
    if (!window.PublicKeyCredential) { words.textContent = words.dataset.cannot; continue; }
    part.querySelectorAll("[data-with-script]").forEach((el) => { el.hidden = false; });
    const go = async () => {
      button.disabled = true;
      words.textContent = words.dataset.wait;
      try {
        await run(part);
        words.textContent = "";
      } catch (e) { // what the browser says is for developers
        words.textContent = (e instanceof Error && !(e instanceof DOMException) && e.message) || words.dataset.failed;
        button.disabled = false;
      }
    };
    button.addEventListener("click", go);
    part.querySelectorAll("input[name]").forEach((f) => f.addEventListener("keydown", (e) => { if (e.key === "Enter") { e.preventDefault(); go(); } }));
  }
})();

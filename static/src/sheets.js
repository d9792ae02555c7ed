// Keeps a score sheet in this browser while somebody writes, and sends it whenever there is a connection.
//
// One copy stands in localStorage, by person and sheet: {key, number, sent, version, fields}. Each change has the next
// number; `sent` is the last number that the portal has answered for, `version` what the copy was written upon. The
// portal takes each number once, so sending again does no harm. All pages of this browser share the copy.
const form = document.querySelector("[data-sheet]");
const submitted = document.querySelector("[data-submitted]");
const PAUSE = 700; // milliseconds without a key before we send
const LONGEST = 15_000; // milliseconds that an answer may take
const AGAIN = [2_000, 5_000, 10_000, 20_000]; // milliseconds before we try again
const HIDDEN = ["csrfmiddlewaretoken", "version", "kept_key", "kept_number"];

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function watch() {
  const { store, keep } = form.dataset;
  const said = document.getElementById("sheet-status");
  const spoken = document.getElementById("sheet-spoken");
  let [timer, tries, isStopped, sending] = [0, 0, false, null];
  let copy;

  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(store));
    } catch {
      return null;
    }
  };
  const write = () => {
    try {
      localStorage.setItem(store, JSON.stringify(copy));
    } catch {
      say("This browser keeps nothing. Stay on this page until it says that your sheet is saved.", "bad");
    }
  };
  const isAhead = () => copy.number > copy.sent;

  function say(words, kind = "") {
    const classes = `app-kept${kind && ` app-kept--${kind}`}`;
    if (said.textContent === words && said.className === classes) return;
    said.hidden = false;
    said.className = classes;
    said.textContent = words;
    // Trouble, and its end, are read out; that each pause was saved is not.
    const isTrouble = kind === "off" || kind === "bad";
    if (isTrouble || (kind === "good" && spoken.textContent)) spoken.textContent = words;
  }

  function offer(words, label, act) {
    say(words, "bad");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "govuk-button govuk-button--secondary";
    button.textContent = label;
    button.addEventListener("click", act);
    said.append(document.createElement("br"), button);
  }

  function collect() {
    const fields = {};
    for (const [name, value] of new FormData(form)) if (!HIDDEN.includes(name)) fields[name] = value;
    return fields;
  }

  function fill(fields) {
    for (const field of form.elements) {
      if (!field.name || HIDDEN.includes(field.name) || field.type === "submit") continue;
      if (field.type === "radio") field.checked = fields[field.name] === field.value;
      else if (field.value !== (fields[field.name] ?? "")) field.value = fields[field.name] ?? "";
    }
  }

  function stampForm() {
    form.elements.version.value = copy.version;
    form.elements.kept_key.value = copy.key;
    form.elements.kept_number.value = copy.number;
  }

  function later(pause) {
    clearTimeout(timer);
    timer = setTimeout(send, pause);
  }

  function changed() {
    const stored = read();
    copy.number = Math.max(copy.number, stored?.key === copy.key ? stored.number : 0) + 1;
    copy.fields = collect();
    stampForm();
    write();
    if (isStopped) return;
    if (tries === 0) say("Saving…");
    later(tries === 0 ? PAUSE : AGAIN[0]);
  }

  // True where the portal has everything that stands here.
  async function send() {
    clearTimeout(timer);
    while (sending) await sending;
    if (isStopped) return false;
    if (!isAhead()) return true;
    sending = ask();
    const isSaved = await sending;
    sending = null;
    return isSaved;
  }

  async function ask() {
    stampForm();
    const number = copy.number;
    try {
      const body = new FormData(form);
      const signal = AbortSignal.timeout(LONGEST);
      const keepalive = document.visibilityState === "hidden"; // the page may be about to go
      return await answered(await fetch(keep, { method: "POST", body, redirect: "manual", signal, keepalive }), number);
    } catch {
      return wait();
    }
  }

  async function answered(response, number) {
    if (response.status === 200) return saved(await response.json(), number);
    if (response.status === 409) return stop(differs);
    if (response.status === 404) return stop(gone);
    if (response.status === 403) return stop(reload);
    if (response.type === "opaqueredirect") return stop(signIn);
    if (response.status === 422) {
      const { reasons } = await response.json();
      say(`Not saved. ${reasons.join(". ")}. What you wrote is kept in this browser.`, "bad");
      return false;
    }
    return wait();
  }

  function wait() {
    say("No connection. What you write is kept in this browser, and sent once the connection is back.", "off");
    later(AGAIN[Math.min(tries, AGAIN.length - 1)]);
    tries += 1;
    return false;
  }

  function saved(answer, number) {
    tries = 0;
    copy.sent = Math.max(copy.sent, number);
    if (answer.state === "older") return stop(newer);
    copy.version = answer.version;
    stampForm();
    write();
    if (isAhead()) {
      later(PAUSE);
      return false;
    }
    say(`Saved at ${answer.at}.`, "good");
    return true;
  }

  function stop(why) {
    isStopped = true;
    clearTimeout(timer);
    why();
    return false;
  }

  function differs() {
    offer("You have written on another page or device too. Nothing is lost.", "Compare the two versions", () => {
      stampForm();
      form.requestSubmit(document.getElementById("sheet-save"));
    });
  }
  function newer() {
    write();
    offer("What you wrote here is saved. A newer version was written on another device.", "Open it", () =>
      location.reload(),
    );
  }
  function gone() {
    localStorage.removeItem(store);
    form.remove();
    say("You can no longer write this sheet.", "bad");
    location.reload();
  }
  function reload() {
    offer("Not saved. What you wrote is kept in this browser.", "Load the page again to go on", () => location.reload());
  }
  function signIn() {
    offer("You are signed out. What you wrote is kept in this browser.", "Sign in to go on", () => location.reload());
  }

  form.addEventListener("input", changed);
  window.addEventListener("online", () => ((tries = 0), send()));
  document.addEventListener("visibilitychange", () => ((tries = 0), send()));
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());

  // Another page of this browser wrote on the same sheet: show it here. Where it was submitted or signed out, so is this.
  window.addEventListener("storage", (event) => {
    if (event.key !== store) return;
    if (event.newValue === null) return location.reload();
    copy = JSON.parse(event.newValue);
    if (copy.fields) fill(copy.fields);
    stampForm();
    if (isAhead()) return later(AGAIN[1]); // the page that wrote it sends it, unless it was closed
    tries = 0;
    say("Saved from another page of this browser.", "good");
  });

  form.addEventListener("submit", async (event) => {
    // Whatever the portal has to say, it says on the next page; what is sent with the form has its number too.
    if (isStopped || form.dataset.goes === "yes" || (tries === 0 && navigator.onLine)) return;
    const button = event.submitter;
    event.preventDefault();
    if (await send()) {
      form.dataset.goes = "yes";
      form.requestSubmit(button);
    } else if (!isStopped && tries > 0 && button?.value === "submit") {
      say("No connection, so your sheet is not submitted yet. It is kept in this browser. Submit it once the connection is back.", "off");
      said.scrollIntoView({ block: "nearest" });
    }
  });

  if ("forgets" in form.dataset) localStorage.removeItem(store);
  const stored = read();
  const version = Number(form.elements.version.value);
  if (stored && stored.number > stored.sent) {
    copy = stored;
    if (document.querySelector(".govuk-error-summary")) copy.fields = collect();
    fill(copy.fields);
    stampForm();
    send();
  } else {
    copy = { key: stored?.key ?? newKey(), number: stored?.number ?? 0, sent: stored?.number ?? 0, version, fields: null };
    stampForm();
  }
}

// A list of sheets says which of them wait in this browser to be sent.
for (const mark of document.querySelectorAll("[data-unsent]")) {
  const { number, sent } = JSON.parse(localStorage.getItem(mark.dataset.unsent) ?? "{}");
  mark.hidden = !(number > sent);
}
if (submitted) localStorage.removeItem(submitted.dataset.submitted);
if (form) watch();

// Signing out leaves nothing on the device: score sheets that are kept in the browser are deleted, after a question
// where something was not sent yet.
const PREFIX = "threepoint.sheet.";

function kept() {
  return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
}

function isUnsent(name) {
  try {
    const { number, sent } = JSON.parse(localStorage.getItem(name));
    return number > sent;
  } catch {
    return false;
  }
}

for (const form of document.querySelectorAll('form[action$="/logout/"]')) {
  form.addEventListener("submit", (event) => {
    const names = kept();
    const question = "You have written a score sheet that is not sent yet. Sign out and delete it from this device?";
    if (names.some(isUnsent) && !window.confirm(question)) return event.preventDefault();
    for (const name of names) localStorage.removeItem(name);
  });
}

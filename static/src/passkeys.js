// Joins the buttons of passkey pages to allauth's WebAuthn functions, and says when they fail.
const button = document.querySelector("[data-passkey]");
const problem = document.getElementById("passkey-error");

if (button) {
  window.allauth.webauthn.forms[button.dataset.passkey]({
    ids: {
      add: button.id,
      authenticate: button.id,
      credential: button.dataset.credential,
      passwordless: button.dataset.passwordless,
      data: "passkey-data",
    },
  });
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  problem.hidden = false;
  problem.focus();
});

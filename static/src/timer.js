// Counts down what is left of the pitch. The portal's clock counts, not the device's. Without this the page says when
// the pitch ends.
const said = document.getElementById("timer-said");
const SAY_AT = [5, 1]; // minutes before the end
let [source, ahead, told] = [null, 0, ""];

function words(seconds) {
  const left = Math.abs(seconds);
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  return seconds < 0 ? `${clock} over` : clock;
}

function tell(seconds) {
  const minutes = SAY_AT.find((minute) => seconds <= minute * 60 && seconds > (minute - 1) * 60 && seconds > minute * 60 - 5);
  const now = seconds <= 0 && seconds > -5 ? "Time is up" : minutes ? `${minutes} minute${minutes === 1 ? "" : "s"} left` : "";
  if (now && now !== told) said.textContent = told = now;
}

function tick() {
  const left = document.getElementById("timer-left");
  if (!left) return;
  if (left !== source) {
    source = left;
    ahead = Date.now() - Date.parse(left.dataset.now);
  }
  const seconds = Math.ceil((Date.parse(left.dataset.ends) - (Date.now() - ahead)) / 1000);
  left.textContent = words(seconds);
  left.classList.toggle("app-timer__left--soon", seconds <= 60 && seconds >= 0);
  left.classList.toggle("app-timer__left--over", seconds < 0);
  tell(seconds);
}

tick();
setInterval(tick, 250);
document.addEventListener("htmx:afterSwap", tick);

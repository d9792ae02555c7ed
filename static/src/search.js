// Offers names of suppliers while somebody types. The box works without it.
const box = document.querySelector("[data-complete]");
const PAUSE = 150; // milliseconds without a key before we ask
let timer;
let asking;

async function offer() {
  asking?.abort();
  asking = new AbortController();
  const typed = box.value.trim();
  if (typed.length < 2) return box.list.replaceChildren();
  try {
    const answer = await fetch(`${box.dataset.complete}?${new URLSearchParams({ q: typed })}`, { signal: asking.signal });
    if (!answer.ok) return;
    const { names } = await answer.json();
    box.list.replaceChildren(...names.map(({ name }) => new Option("", name)));
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

box?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(offer, PAUSE);
});

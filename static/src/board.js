// Drag a pitch to another place of the draft. The form that a drop sends is on the page; Move does the same without it.
const form = document.getElementById("board-move");
const KIND = "text/plain";
let dragged;

function mark(place, isOver) {
  place?.classList.toggle("app-board__cell--over", isOver);
}

for (const pitch of document.querySelectorAll("[data-pitch]")) {
  pitch.addEventListener("dragstart", (event) => {
    dragged = pitch;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData(KIND, pitch.dataset.pitch);
    pitch.classList.add("app-board__pitch--dragged");
  });
  pitch.addEventListener("dragend", () => {
    dragged = undefined;
    pitch.classList.remove("app-board__pitch--dragged");
  });
}

for (const place of document.querySelectorAll("[data-place]")) {
  place.addEventListener("dragover", (event) => {
    if (!dragged || place.contains(dragged)) return;
    event.preventDefault();
    mark(place, true);
  });
  place.addEventListener("dragleave", () => mark(place, false));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(place, false);
    if (!dragged) return;
    form.elements.pitch.value = dragged.dataset.pitch;
    form.elements.version.value = dragged.dataset.version;
    form.elements.place.value = place.dataset.place;
    form.requestSubmit();
  });
}

// Enhancements only: every page works without them.
import { initAll } from "./govuk-frontend.min.js";
import "./kept.js";

initAll();

// On a phone the filters start closed, so that the results are seen first.
const narrow = window.matchMedia("(max-width: 40.0525em)");
for (const panel of document.querySelectorAll('[data-module="app-filters"]')) {
  if (narrow.matches && !panel.querySelector(".govuk-form-group--error")) panel.open = false;
}

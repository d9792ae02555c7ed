// Puts beside the styles that Sass built what needs no building: our scripts and pictures, and the scripts of
// GOV.UK Frontend and htmx.
import { copyFileSync, cpSync } from "node:fs";

copyFileSync("node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js", "static/build/govuk-frontend.min.js");
copyFileSync("node_modules/htmx.org/dist/htmx.min.js", "static/build/htmx.min.js");
cpSync("static/src", "static/build", { recursive: true, filter: (path) => !path.endsWith(".scss") });

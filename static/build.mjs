// Puts beside the styles that Sass built what needs no building: our scripts and pictures, and GOV.UK Frontend's script.
import { copyFileSync, cpSync } from "node:fs";

copyFileSync("node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js", "static/build/govuk-frontend.min.js");
cpSync("static/src", "static/build", { recursive: true, filter: (path) => !path.endsWith(".scss") });

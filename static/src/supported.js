// Tells the styles that scripts run. Loaded before the page is drawn, so that nothing jumps.
document.body.className += " js-enabled" + ("noModule" in HTMLScriptElement.prototype ? " govuk-frontend-supported" : "");

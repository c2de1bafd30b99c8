// The standard rules, and two things that the theme writes into every page.
export default {
  root: true,
  extends: ["html-validate:standard"],
  elements: [
    "html5",
    // Labels that open a section of the navigation carry an empty tabindex.
    { label: { attributes: { tabindex: { enum: ["", "0"] } } } },
  ],
  rules: {
    // The drawer and the search are checkboxes that the browser must not restore.
    "valid-autocomplete": "off",
  },
};

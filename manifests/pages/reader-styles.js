// Redoc writes its styles into `style` elements, which the content security policy forbids. This gives it elements of
// another kind, whose sheets the page adopts: what scripts do to such sheets the policy leaves to the scripts.
"use strict";

(() => {
  const create = document.createElement.bind(document);
  // A picture of a script's rules is a file beside this one.
  const folder = new URL(".", document.currentScript.src).href;
  const located = (text) => text.replaceAll("page-file:", folder);

  document.createElement = (name, options) => {
    if (String(name).toLowerCase() !== "style") return create(name, options);
    const element = create("meta");
    const sheet = new CSSStyleSheet();
    const insert = sheet.insertRule.bind(sheet);
    sheet.insertRule = (rule, index) => insert(located(rule), index);
    document.adoptedStyleSheets.push(sheet);
    Object.defineProperty(element, "sheet", { value: sheet });
    // Rules are either inserted into the sheet or written as text; the empty text is for the former.
    const write = () => element.textContent && sheet.replaceSync(located(element.textContent));
    new MutationObserver(write).observe(element, { childList: true, characterData: true, subtree: true });
    return element;
  };
})();

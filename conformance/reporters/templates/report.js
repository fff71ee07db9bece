"use strict";
// The filters, kept in the address (#verdict=fail,known&tag=birth&requirement=REQ-X&text=word&item=id), and the
// ways from a diagram or a finding to an exchange.
(() => {
  const form = document.getElementById("filters");
  const items = [...document.querySelectorAll("details.item")];
  const boxes = [...form.querySelectorAll("[name=verdict]")];
  const choices = ["tag", "requirement", "text"];

  const wanted = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    return {
      verdicts: (asked.get("verdict") || "").split(",").filter(Boolean),
      tag: asked.get("tag") || "",
      requirement: asked.get("requirement") || "",
      text: asked.get("text") || "",
      item: asked.get("item") || "",
    };
  };

  const fits = (item, asked) =>
    (!asked.verdicts.length || asked.verdicts.includes(item.dataset.verdict)) &&
    (!asked.tag || item.dataset.tags.split(" ").includes(asked.tag)) &&
    (!asked.requirement || item.dataset.requirements.split(" ").includes(asked.requirement)) &&
    asked.text.toLowerCase().split(/\s+/).every((word) => item.dataset.text.includes(word));

  const show = () => {
    const asked = wanted();
    for (const box of boxes) box.checked = asked.verdicts.includes(box.value);
    for (const name of choices) {
      const field = form.elements.namedItem(name);
      if (field.value !== asked[name]) field.value = asked[name];
    }
    let count = 0;
    for (const item of items) {
      item.hidden = !fits(item, asked);
      count += item.hidden ? 0 : 1;
    }
    document.getElementById("shown").textContent = `${count} of ${items.length} shown`;
    document.getElementById("none").hidden = count > 0 || items.length === 0;
    const named = items.find((item) => item.dataset.id === asked.item);
    if (named) open(named);
  };

  const open = (element) => {
    for (let each = element; each; each = each.parentElement.closest("details")) {
      each.open = true;
      each.hidden = false;
    }
    element.scrollIntoView({ block: "start" });
    element.querySelector("summary").focus({ preventScroll: true });
  };

  const ask = () => {
    const asked = new URLSearchParams();
    const verdicts = boxes.filter((box) => box.checked).map((box) => box.value);
    if (verdicts.length) asked.set("verdict", verdicts.join(","));
    for (const name of choices) {
      const value = form.elements.namedItem(name).value;
      if (value) asked.set(name, value);
    }
    history.replaceState(null, "", `#${asked}`);
    show();
  };

  form.hidden = false;
  form.addEventListener("input", ask);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("all").addEventListener("click", () => { form.reset(); ask(); });

  // A link to a part of the page leaves the filters in the address alone.
  const lead = (event, target) => {
    if (!target) return;
    event.preventDefault();
    if (target.matches("details")) open(target);
    else target.scrollIntoView();
    if (target.matches("[tabindex]")) target.focus({ preventScroll: true });
  };

  document.addEventListener("click", (event) => {
    const hop = event.target.closest("[data-to]");
    if (hop) {
      const number = hop.closest("details.item").id.replace("item-", "");
      lead(event, document.getElementById(`exchange-${number}-${hop.dataset.to}`));
      return;
    }
    const link = event.target.closest("a[href^='#']");
    if (!link) return;
    const name = link.getAttribute("href").slice(1);
    if (name.includes("=")) setTimeout(() => document.getElementById("scenarios").scrollIntoView(), 0);
    else lead(event, document.getElementById(name));
  });

  window.addEventListener("hashchange", show);
  show();
})();

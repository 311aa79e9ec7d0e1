// What a page gains with JavaScript; every form works without.
const all = document.querySelector("[data-all]");
if (all) {
  all.closest("label").hidden = false;
  const picks = () => [...document.querySelectorAll("input[name=case]")];
  const count = document.querySelector("[data-count]");
  const tell = () => {
    const chosen = picks().filter((pick) => pick.checked).length;
    all.checked = chosen > 0 && chosen === picks().length;
    all.indeterminate = chosen > 0 && !all.checked;
    if (count) count.textContent = String(chosen);
  };
  all.addEventListener("change", () => { picks().forEach((pick) => { pick.checked = all.checked; }); tell(); });
  document.addEventListener("change", (event) => { if (event.target.name === "case") tell(); });
  tell();
}

document.querySelectorAll("[data-locate]").forEach((button) => {
  if (!navigator.geolocation) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    navigator.geolocation.getCurrentPosition((found) => {
      const form = button.closest("form");
      form.elements.lon.value = found.coords.longitude.toFixed(6);
      form.elements.lat.value = found.coords.latitude.toFixed(6);
      if (form.elements.accuracy) form.elements.accuracy.value = Math.round(found.coords.accuracy);
      button.disabled = false;
      button.nextElementSibling.textContent = `± ${Math.round(found.coords.accuracy)} m`;
    }, (error) => {
      button.disabled = false;
      button.nextElementSibling.textContent = button.dataset.failed + (error.message ? ` (${error.message})` : "");
    }, { enableHighAccuracy: true, timeout: 15000 });
  });
});

document.querySelectorAll("select[data-search]").forEach((select) => {
  const box = document.createElement("input");
  box.type = "search";
  box.placeholder = select.dataset.search;
  box.setAttribute("aria-label", select.dataset.search);
  box.autocomplete = "off";
  const options = [...select.querySelectorAll("option")].map((option) => [option, option.textContent.toLowerCase()]);
  select.before(box);
  box.addEventListener("input", () => {
    const words = box.value.trim().toLowerCase().split(/\s+/);
    let first;
    options.forEach(([option, text]) => {
      const hit = words.every((word) => text.includes(word));
      option.hidden = !hit;
      option.disabled = !hit;
      if (hit && option.value && !first) first = option;
    });
    select.querySelectorAll("optgroup").forEach((group) => { group.hidden = !group.querySelector("option:not([hidden])"); });
    if (box.value && first && (!select.selectedOptions[0] || select.selectedOptions[0].hidden || !select.value)) first.selected = true;
  });
  box.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
});

document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

document.querySelectorAll("form").forEach((form) => form.addEventListener("submit", (event) => {
  if (form.dataset.sent) { event.preventDefault(); return; } // a second tap while the first is on its way
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 4000);
}));

document.querySelector(".trouble[role=alert]")?.focus();

// Levels fill the score, comments are put into the comment; nbgrader's own fields save both.
for (const section of document.querySelectorAll("section.duecourse-rubric")) {
  const task = section.dataset.task;
  const score = document.getElementById(task);
  const comment = document.getElementById(`${task}-comment`);
  const groups = [...section.querySelectorAll("fieldset")];
  const bank = [...section.querySelectorAll(".duecourse-bank button")];
  const status = section.querySelector("[role=status]");
  const panel = score.closest(".nbgrader_cell");
  panel.insertBefore(section, panel.querySelector(".panel-footer"));

  const chosen = (group) => group.querySelector("input:checked");
  const sum = () => groups.reduce((points, group) => points + Number(chosen(group)?.value ?? 0), 0);
  const short = (points) => String(Math.round(points * 100) / 100);
  const put = (field, value) => {
    field.value = value;
    // nbgrader listens with jQuery.
    $(field).trigger("change");
    autosize.update(comment);
  };
  const paragraphs = () => comment.value.split(/\n{2,}/).filter((one) => one.trim());

  // The first paragraph of a comment says the points of every criterion: "Evidence 2/3 · Limits 1/3".
  function read(paragraph) {
    const parts = (paragraph ?? "").split(" · ");
    const points = parts.map((part, place) => {
      const { title, max } = groups[place]?.dataset ?? {};
      const given = part.match(/ ([\d.]+)\/[\d.]+$/)?.[1];
      return part === `${title} ${given}/${max}` ? given : null;
    });
    return parts.length === groups.length && !points.includes(null) ? points : null;
  }

  function write() {
    const open = groups.filter((group) => !chosen(group)).length;
    if (!open) {
      const said = groups.map(({ dataset }, place) => {
        return `${dataset.title} ${chosen(groups[place]).value}/${dataset.max}`;
      });
      const rest = paragraphs();
      if (read(rest[0])) rest.shift();
      put(comment, [said.join(" · "), ...rest].join("\n\n"));
      put(score, short(sum()));
    }
    show();
  }

  function show() {
    const open = groups.filter((group) => !chosen(group)).length;
    const text = open ? status.dataset.open : status.dataset.sum;
    status.textContent = text.replace("{points}", short(sum())).replace("{open}", open);
    const there = paragraphs();
    for (const button of bank) button.ariaPressed = String(there.includes(button.textContent));
  }

  function toggle(button) {
    const there = paragraphs();
    const rest = there.filter((one) => one !== button.textContent);
    put(comment, [...rest, ...(rest.length < there.length ? [] : [button.textContent])].join("\n\n"));
    show();
  }

  function begin() {
    read(paragraphs()[0])?.forEach((points, place) => {
      const level = [...groups[place].querySelectorAll("input")].find((one) => one.value === points);
      if (level) level.checked = true;
    });
    for (const one of [...groups, ...bank]) one.disabled = false;
    autosize.update(comment);
    show();
  }

  section.addEventListener("change", write);
  for (const button of bank) button.addEventListener("click", () => toggle(button));
  comment.addEventListener("input", show);
  window.addEventListener("load", () => {
    const loading = [formgrader.grades, formgrader.comments].filter((some) => !some.loaded);
    let left = loading.length;
    if (!left) begin();
    for (const some of loading) some.once("sync", () => --left || begin());
  });
}

for (const button of document.querySelectorAll(".token button")) {
  button.addEventListener("click", async () => {
    const code = button.previousElementSibling;
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "已复制 copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "请按 Ctrl-C";
    }
  });
}

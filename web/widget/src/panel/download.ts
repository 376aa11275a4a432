/** Lets the browser save a text, without a server in between. */
export function saveText(text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = "chat.txt";
  link.click();
  URL.revokeObjectURL(address);
}

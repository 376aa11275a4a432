/** Saves a text as a file, without a server. */
export function saveText(text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = "chat.txt";
  link.click();
  URL.revokeObjectURL(address);
}

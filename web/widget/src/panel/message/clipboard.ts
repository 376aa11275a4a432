/**
 * Copies a text. Where the browser does not allow it (the clipboard exists on secure pages only), the result is false and the text is
 * selected, for the shopper to copy.
 */
export async function copyText(text: string, shown: Element): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(shown);
    return false;
  }
}

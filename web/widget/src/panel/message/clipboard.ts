/**
 * Puts text on the clipboard. False where the browser does not allow it (the clipboard exists on secure pages only); the text is
 * then selected, for the shopper to copy.
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

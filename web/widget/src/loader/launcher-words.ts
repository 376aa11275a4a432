/** What the launcher says; all other words come with the panel. */

const ENGLISH = {
  open: "Open the chat",
  close: "Close the chat",
  unread: (count: number) => (count === 1 ? "1 new message" : `${count} new messages`),
};
const CHINESE: typeof ENGLISH = {
  open: "打开聊天",
  close: "关闭聊天",
  unread: (count) => `${count} 条新消息`,
};

export const LAUNCHER_WORDS = (language: string): typeof ENGLISH => (/^zh\b/i.test(language) ? CHINESE : ENGLISH);

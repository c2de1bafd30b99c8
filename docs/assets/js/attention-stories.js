/* Stories in which one head plainly does one thing: what the button says, the layer and head, the text. */
var attentionStories = [
  ["The friend", 3, 3, "Once there was a crow named Barnaby. He lived under the stone bridge. At noon he flapped to the forest. And whom did he meet? Orson the fox. Whom did Barnaby meet?"],
  ["The lost coat", 3, 3, "Once there was an otter named Hannia. She lived between two pumpkins. One day she lost her yellow coat. At last she reached the harbour, and there lay the"],
  ["The song again", 3, 3, 'There once lived a rabbit named Winina. She loved cherry pie. On the way she sang, "dim ding hey mo, dim ding'],
  ["The hero’s name", 1, 3, "Once there was an otter named Hannia. She lived"],
];

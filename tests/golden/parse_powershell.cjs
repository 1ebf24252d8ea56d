// Parses PowerShell files with tree-sitter-powershell; tells every place that the grammar does not take.
const fs = require("fs");
const { Parser, Language } = require("web-tree-sitter");

async function main() {
  await Parser.init();
  const language = await Language.load(require.resolve("tree-sitter-powershell/tree-sitter-powershell.wasm"));
  const parser = new Parser();
  parser.setLanguage(language);
  let faults = 0;
  for (const path of process.argv.slice(2)) {
    const text = fs.readFileSync(path, "utf8");
    const tree = parser.parse(text);
    const walk = (node) => {
      if (node.isError || node.isMissing) {
        faults++;
        console.log(`${path}:${node.startPosition.row + 1}:${node.startPosition.column + 1}: ${node.isMissing ? "missing " + node.type : "not understood"}: ${node.text.slice(0, 80)}`);
      }
      if (node.hasError) node.children.forEach(walk);
    };
    walk(tree.rootNode);
  }
  process.exit(faults ? 1 : 0);
}
main();

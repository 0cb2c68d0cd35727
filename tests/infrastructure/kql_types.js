// Prints what Microsoft's Kusto parser finds in queries, as JSON: node kql_types.js LIBRARY FILE...
// For each file its problems, and the columns of its result with their types.
const path = require("path");
const fs = require("fs");
const [library, ...files] = process.argv.slice(2);
require(path.join(library, "bridge.min.js"));
require(path.join(library, "Kusto.Language.Bridge.min.js"));

// The columns that the queries use, as the reference of Azure Monitor's tables has them.
const TABLES = {
  AppEvents:
    "TimeGenerated: datetime, Name: string, Properties: dynamic, Measurements: dynamic," +
    " OperationId: string, ItemCount: int",
  AppRequests:
    "TimeGenerated: datetime, Name: string, Success: bool, ResultCode: string," +
    " DurationMs: real, Properties: dynamic, OperationId: string, ItemCount: int",
};

function items(list) {
  const found = [];
  const each = Bridge.getEnumerator(list);
  while (each.moveNext()) found.push(each.Current);
  return found;
}

const symbols = Object.entries(TABLES).map(
  ([name, columns]) => new Kusto.Language.Symbols.TableSymbol.$ctor7(name, `(${columns})`, null)
);
const workspace = new Kusto.Language.Symbols.DatabaseSymbol.$ctor1("workspace", symbols);
const globals = Kusto.Language.GlobalState.Default.WithDatabase(workspace);
const found = {};
for (const file of files) {
  const text = fs.readFileSync(file, "utf8");
  const code = Kusto.Language.KustoCode.ParseAndAnalyze(text, globals);
  const result = code.ResultType;
  found[path.basename(file)] = {
    problems: items(code.GetDiagnostics()).map((each) => `${each.Code}: ${each.Message}`),
    columns: result && result.Columns ? items(result.Columns).map((c) => `${c.Name}:${c.Type.Name}`) : [],
  };
}
console.log(JSON.stringify(found));

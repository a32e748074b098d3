// Parses the AsyncAPI documents of a JSON array on stdin and prints what is wrong with each: severity (0: error), code,
// path, message.
// The parser does not hold examples against their schemas in AsyncAPI 3; its own validator does so here.
// Runs in the folder in which the parser is installed.
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const installed = createRequire(`${process.cwd()}/`);
const { Parser } = installed("@asyncapi/parser");
const { default: Ajv } = installed("ajv");
const { default: addFormats } = installed("ajv-formats");

const wrongExamples = (document) => {
  const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
  return document.components().messages().all().flatMap((message) => {
    const validate = ajv.compile(message.payload().json());
    return message.examples().all().flatMap((example, place) =>
      validate(example.payload()) ? [] : validate.errors.map(({ instancePath, message: said }) => ({
        severity: 0,
        code: "example",
        path: `components/messages/${message.id()}/examples/${place}/payload${instancePath}`,
        message: said,
      })));
  });
};

const diagnose = async (document) => {
  const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(document));
  const said = diagnostics.map(({ severity, code, path, message }) => ({ severity, code, path: path.join("/"), message }));
  return [...said, ...(parsed ? wrongExamples(parsed) : [])];
};

Promise.all(JSON.parse(readFileSync(0, "utf8")).map(diagnose)).then((all) => process.stdout.write(JSON.stringify(all)));

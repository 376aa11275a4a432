/** Which source file may import which. `npm run lint` refuses circles, imports of types included, and arrows against the layers. */

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-circle",
      comment: "Files that import one another cannot be read, tested or moved one at a time.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-orphan-import",
      comment: "Every import is found.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "shared-imports-no-app",
      comment: "shared/ serves widget, shop and console; it knows none of them.",
      severity: "error",
      from: { path: "^shared/" },
      to: { path: "^(console|shop|widget)/" },
    },
    {
      name: "apps-stay-apart",
      comment: "What two of widget, shop and console need belongs in shared/.",
      severity: "error",
      from: { path: "^(console|shop|widget)/" },
      to: { path: "^(console|shop|widget)/", pathNot: "^$1/" },
    },
    {
      name: "pages-stay-apart",
      comment: "What two pages of the console need belongs in components/.",
      severity: "error",
      from: { path: "^console/src/(pages/[^/]+|studio)/" },
      to: { path: "^console/src/(pages/[^/]+|studio)/", pathNot: "^console/src/$1/" },
    },
    {
      name: "components-know-no-page",
      comment: "Components serve every page of the console; of app/ they use the API client alone.",
      severity: "error",
      from: { path: "^console/src/components/" },
      to: { path: "^console/src/(pages|studio|app)/", pathNot: "^console/src/app/api" },
    },
    {
      name: "loader-stays-small",
      comment: "Every page of a shop loads the loader; of the panel it may name types only.",
      severity: "error",
      from: { path: "^widget/src/loader/" },
      to: { path: "^(widget/src/(panel|chat|words)|shared)/", dependencyTypesNot: ["type-only"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    includeOnly: "^(console|shared|shop|widget)/src/",
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
  },
};

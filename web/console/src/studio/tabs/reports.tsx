import { Found } from "../components/WithDocument";
import { Rows, Says } from "../components/parts";

interface Part {
  name: string;
  command: string;
  title: string;
  about: string;
}

/** Documents of words and tables, one under the other. */
function Reports({ parts }: { parts: Part[] }) {
  return parts.map(({ name, command, title, about }) => (
    <section key={name} className="part" aria-label={title}>
      <h2>{title}</h2>
      <Found name={name} command={command} about={about}>
        {(document) => (
          <>
            <Says document={document} />
            {document.tables.map((table, at) => (
              <Rows key={at} table={table} tall />
            ))}
          </>
        )}
      </Found>
    </section>
  ));
}

/** The data behind it all: its quality, and what may be published of it. */
export function DataTab() {
  return (
    <Reports
      parts={[
        {
          name: "preparation",
          command: "prepare",
          title: "Quality of the data",
          about: "What is wrong with the sales, what cleaning changed. It takes about a minute.",
        },
        {
          name: "privacy",
          command: "privacy",
          title: "Privacy",
          about:
            "Totals that may be published, with what that costs in accuracy, and who stands out. It takes a quarter of a minute.",
        },
        {
          name: "federation",
          command: "federate",
          title: "Learning without bringing purchases together",
          about: "What federated training of the user model costs in accuracy. It takes several minutes.",
        },
      ]}
    />
  );
}

/** Products: what is alike, what goes together. */
export function ProductsTab() {
  return (
    <Reports
      parts={[
        {
          name: "products",
          command: "products",
          title: "Products",
          about: "Price tiers, what is bought in like company, substitutes and complements. It takes about a minute.",
        },
      ]}
    />
  );
}

/** A real day at many times its speed. */
export function LiveTab() {
  return (
    <Reports
      parts={[
        {
          name: "replay",
          command: "replay",
          title: "A real day, replayed",
          about: "Segments that moved and alarms of a real day at 1,000 times its speed. It takes about two minutes.",
        },
      ]}
    />
  );
}

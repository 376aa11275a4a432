import { WithDocument } from "../components/WithDocument";
import { DocumentTable, DocumentText } from "../components/DocumentParts";

interface Part {
  name: string;
  command: string;
  title: string;
  about: string;
}

/** Documents of text and tables, below each other. */
function Reports({ parts }: { parts: Part[] }) {
  return parts.map(({ name, command, title, about }) => (
    <section key={name} className="part" aria-label={title}>
      <h2>{title}</h2>
      <WithDocument name={name} command={command} about={about}>
        {(document) => (
          <>
            <DocumentText document={document} />
            {document.tables.map((table, at) => (
              <DocumentTable key={at} table={table} tall />
            ))}
          </>
        )}
      </WithDocument>
    </section>
  ));
}

/** The quality of the data, and what of it can be published. */
export function DataTab() {
  return (
    <Reports
      parts={[
        {
          name: "preparation",
          command: "prepare",
          title: "Quality of the data",
          about: "Errors in the sales, and what cleaning changed. It takes about a minute.",
        },
        {
          name: "privacy",
          command: "privacy",
          title: "Privacy",
          about:
            "Totals that can be published, the accuracy that this costs, and customers who stand out. It takes a quarter of a minute.",
        },
        {
          name: "federation",
          command: "federate",
          title: "Federated learning",
          about: "The accuracy that federated training of the user model costs. It takes several minutes.",
        },
      ]}
    />
  );
}

/** Price tiers, substitutes and complements of the products. */
export function ProductsTab() {
  return (
    <Reports
      parts={[
        {
          name: "products",
          command: "products",
          title: "Products",
          about:
            "Price tiers, products bought in similar baskets, substitutes and complements. It takes about a minute.",
        },
      ]}
    />
  );
}

/** A day at many times its speed. */
export function LiveTab() {
  return (
    <Reports
      parts={[
        {
          name: "replay",
          command: "replay",
          title: "A day, replayed",
          about:
            "Segment changes and alarms of a day of the history at 1,000 times its speed. It takes about two minutes.",
        },
      ]}
    />
  );
}

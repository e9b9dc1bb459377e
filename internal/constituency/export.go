package constituency

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Exported says what an export wrote, and what its format could not hold.
type Exported struct {
	Organisations, Networks, Contacts int
	Omitted                           []string // in words
}

// Export writes the register so that Import reads it back. Unapproved networks
// are left out, since an import approves. YAML holds everything else. CSV has no
// room for validity, keys and health: what would come back as
// something else (a network not in force, a contact that no longer works) is
// left out, what would come back poorer is written, and both are listed in
// Omitted. A cell that a spreadsheet would take for a formula gets an apostrophe
// before it, which Import takes off again.
func (r *Register) Export(ctx context.Context, actor identity.Actor, w io.Writer, format Format) (Exported, error) {
	if err := actor.Authorise(OpExport, "register"); err != nil {
		return Exported{}, err
	}
	buffered := bufio.NewWriter(w)
	x := &exporter{now: r.opts.Clock.Now(), networks: map[string][]Network{}, contacts: map[string][]Contact{}}
	if err := r.db.Read(ctx, x.read); err != nil {
		return Exported{}, err
	}
	var err error
	if format == YAML {
		x.yaml(buffered)
	} else {
		err = x.csv(buffered)
	}
	if err == nil {
		err = buffered.Flush()
	}
	return x.done, err
}

// exporter holds the register while it is written.
type exporter struct {
	now      time.Time
	dir      *directory
	order    []Organisation // by name
	networks map[string][]Network
	contacts map[string][]Contact
	done     Exported
}

func (x *exporter) read(tx *sqldb.Tx) (err error) {
	if x.dir, err = allOrganisations(tx); err != nil {
		return err
	}
	for _, o := range x.dir.byID {
		x.order = append(x.order, o)
	}
	slices.SortFunc(x.order, func(a, b Organisation) int { return cmp.Compare(nameKey(a.Name), nameKey(b.Name)) })
	err = eachNetwork(tx, func(n Network) error {
		if !n.Approved() {
			x.omit("network %s of %s: nobody has approved it", n.Value, x.dir.byID[n.Organisation].Name)
			return nil
		}
		x.networks[n.Organisation] = append(x.networks[n.Organisation], n)
		return nil
	})
	if err != nil {
		return err
	}
	return eachContact(tx, func(c Contact) error {
		x.contacts[c.Organisation] = append(x.contacts[c.Organisation], c)
		return nil
	})
}

func (x *exporter) omit(format string, args ...any) {
	x.done.Omitted = append(x.done.Omitted, fmt.Sprintf(format, args...))
}

// csv writes a row for each pair of network and contact, the facts on the first.
func (x *exporter) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write(csvColumns) // the error stays in the writer
	for _, o := range x.order {
		x.done.Organisations++
		networks, contacts := x.csvNetworks(o), x.csvContacts(o)
		for i := range max(1, len(networks), len(contacts)) {
			row := [11]string{0: o.Name}
			if i == 0 {
				row[1], row[2], row[3], row[4] = string(o.Kind), string(o.Sector), string(o.Country), x.dir.byID[o.Parent].Name
				row[10] = string(o.Criticality)
			}
			if i < len(networks) {
				row[5] = networks[i].Value
			}
			if i < len(contacts) {
				row[6], row[7], row[8], row[9] = contacts[i].Address, string(contacts[i].Purpose), contacts[i].Language, contacts[i].Encryption
			}
			for j := range row {
				row[j] = neutral(row[j])
			}
			_ = out.Write(row[:])
		}
	}
	out.Flush()
	return out.Error()
}

func (x *exporter) csvNetworks(o Organisation) (list []Network) {
	for _, n := range x.networks[o.ID] {
		if !n.InForce(x.now) {
			x.omit("network %s of %s: it is not in force, which CSV cannot say", n.Value, o.Name)
			continue
		}
		if !n.From.IsZero() || !n.Until.IsZero() {
			x.omit("validity of %s of %s: CSV has no column for it", n.Value, o.Name)
		}
		list = append(list, n)
	}
	x.done.Networks += len(list)
	return list
}

func (x *exporter) csvContacts(o Organisation) (list []Contact) {
	for _, c := range x.contacts[o.ID] {
		if !c.Usable() {
			x.omit("contact %s of %s: it no longer works, which CSV cannot say", c.Address, o.Name)
			continue
		}
		if c.Health != Unknown {
			x.omit("health %s of %s of %s: CSV has no column for it", c.Health, c.Address, o.Name)
		}
		if c.Key != "" {
			x.omit("key of %s of %s: CSV has no column for it", c.Address, o.Name)
		}
		list = append(list, c)
	}
	x.done.Contacts += len(list)
	return list
}

// yaml writes the register in the words of readYAML. Errors stay in w until Flush.
func (x *exporter) yaml(w *bufio.Writer) {
	if len(x.order) == 0 {
		w.WriteString("organisations: []\n")
		return
	}
	w.WriteString("organisations:\n")
	for _, o := range x.order {
		x.done.Organisations++
		fmt.Fprintf(w, "  - name: %s\n", quoted(o.Name))
		yamlPairs(w, "    ", []string{
			"kind", string(o.Kind), "sector", string(o.Sector), "country", string(o.Country),
			"parent", x.dir.byID[o.Parent].Name, "criticality", string(o.Criticality),
		})
		x.yamlNetworks(w, x.networks[o.ID])
		x.yamlContacts(w, x.contacts[o.ID])
	}
}

func (x *exporter) yamlNetworks(w *bufio.Writer, list []Network) {
	if len(list) > 0 {
		w.WriteString("    networks:\n")
	}
	for _, n := range list {
		x.done.Networks++
		fmt.Fprintf(w, "      - network: %s\n", quoted(n.Value))
		yamlPairs(w, "        ", []string{"from", yamlTime(n.From), "until", yamlTime(n.Until)})
	}
}

func (x *exporter) yamlContacts(w *bufio.Writer, list []Contact) {
	if len(list) > 0 {
		w.WriteString("    contacts:\n")
	}
	for _, c := range list {
		x.done.Contacts++
		fmt.Fprintf(w, "      - contact: %s\n", quoted(c.Address))
		yamlPairs(w, "        ", []string{"purpose", string(c.Purpose), "language", c.Language, "encryption", c.Encryption, "health", string(c.Health)})
		if c.Key != "" {
			fmt.Fprintf(w, "        key: |\n          %s\n", strings.ReplaceAll(strings.TrimRight(c.Key, "\n"), "\n", "\n          "))
		}
	}
}

// yamlPairs writes keys and values in turn, leaving out empty values.
func yamlPairs(w *bufio.Writer, indent string, pairs []string) {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			fmt.Fprintf(w, "%s%s: %s\n", indent, pairs[i], quoted(pairs[i+1]))
		}
	}
}

// quoted writes a text in YAML's double quotes, whose escapes are a superset of
// those that strconv uses for text without control characters.
func quoted(s string) string { return strconv.Quote(s) }

func yamlTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02T15:04:05.999Z07:00")
}

package search

import (
	"context"
	"fmt"
	"hash/crc32"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

var (
	tester = identity.System("test")
	now    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

func day(n int) time.Time { return time.Date(2026, 11, n, 6, 0, 0, 0, time.UTC) }

// sources are the feeds of the tests: one under two terms.
var sources = []finding.Source{
	{Bit: 0, Feed: "shadowserver", Label: tlp.Green},
	{Bit: 1, Feed: "desk", Label: tlp.Amber},
	{Bit: 2, Feed: "shadowserver", Label: tlp.Red},
	{Bit: finding.Beyond, Feed: "", Label: tlp.Red},
}

// owners are the organisations of the tests, by id.
var owners = map[string]string{"o1": "City Hospital", "o2": "Northlight", "o3": "City Library"}

func fitting(t query.Text) []string {
	var out []string
	for id, name := range owners {
		lower := query.Text{Value: strings.ToLower(t.Value), Before: t.Before, After: t.After}
		if lower.Fits(strings.ToLower(name)) {
			out = append(out, id)
		}
	}
	return out
}

// some gives four findings: a service, an infection, a page and one of IPv6.
func some() []finding.Finding {
	list := []finding.Finding{
		{
			Addr: netip.MustParseAddr("192.0.2.10"), Port: 23, Transport: "tcp", Taxonomy: "vulnerable", Type: "vulnerable-system", Identifier: "open-telnet",
			Organisation: "o1", Network: "n1", Rule: "prefix", Feed: "shadowserver", Report: "scan_telnet", Severity: "high", Sources: 0b101,
			First: day(1), Last: day(20), Count: 12, State: finding.Notified, Since: day(3), Told: day(3), Due: day(27),
		},
		{
			Addr: netip.MustParseAddr("192.0.3.1"), Taxonomy: "malicious-code", Type: "infected-system", Malware: "Mirai", Organisation: "o2",
			Feed: "desk", Report: "list", Sources: 0b010, First: day(2), Last: day(21), Count: 3, State: finding.Open, Since: day(2), Due: finding.Immediately,
		},
		{
			Addr: netip.MustParseAddr("192.0.2.77"), Taxonomy: "fraud", Type: "phishing", URL: "http://www.library.example/Pay_100%.html", FQDN: "www.library.example",
			Organisation: "o3", Feed: "feed-63", Sources: 1 << finding.Beyond, First: day(5), Last: day(5), Count: 1, State: finding.Muted, Since: day(6),
			Reason: "asked by phone", Until: day(28),
		},
		{
			Addr: netip.MustParseAddr("2001:db8::5"), Port: 443, Transport: "tcp", Taxonomy: "vulnerable", Type: "weak-crypto", Identifier: "ssl-poodle",
			Feed: "shadowserver", Report: "scan_ssl_poodle", Severity: "low", Sources: 0b001, First: day(1), Last: day(21), Count: 40, State: finding.Fixed, Since: day(21),
		},
	}
	for i, f := range list {
		list[i].Key = keyOf(f)
		list[i].Version = int64(i + 1)
	}
	return list
}

func keyOf(f finding.Finding) finding.Key {
	return finding.KeyOf(finding.Asset{
		Type: f.Type, Identifier: f.Identifier, Malware: f.Malware, Transport: f.Transport, Addr: f.Addr, Port: f.Port, URL: f.URL, FQDN: f.FQDN,
	})
}

// columns are those of a finding.
const columns = `key, organisation, network, rule, role, standing, addr, port, transport, fqdn, url, malware, taxonomy, type, identifier,
	feed, report, severity, sources, first_seen, last_seen, events, state, since, reason, until_at, told, due, version`

// fill writes findings and sources as the applier leaves them.
func fill(t testing.TB, db *sqldb.DB, list []finding.Finding) {
	t.Helper()
	err := db.Write(context.Background(), func(tx *sqldb.Tx) error {
		for _, s := range sources {
			if _, err := tx.Exec(`INSERT INTO finding_source (bit, feed, label, receivers, attribution) VALUES ($1, $2, $3, '[]', '')`,
				int64(s.Bit), s.Feed, int64(s.Label)); err != nil {
				return err
			}
		}
		for _, f := range list {
			if err := insert(tx, f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func insert(tx *sqldb.Tx, f finding.Finding) error {
	var addr, due any
	if f.Addr.IsValid() && !f.Key.Addr().IsValid() {
		b := f.Addr.As16()
		addr = b[:]
	}
	if !f.Due.IsZero() {
		due = sqldb.Millis(f.Due)
	}
	owner := common{f.Network, f.Rule}
	kind := common{f.Feed, f.Report, f.Severity, f.Role, f.Standing, f.Transport, f.Malware, f.Taxonomy, f.Type, f.Identifier}
	if err := owner.insert(tx, "finding_owner", "network, rule"); err != nil {
		return err
	}
	if err := kind.insert(tx, "finding_kind", "feed, report, severity, role, standing, transport, malware, taxonomy, type, identifier"); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO finding_row (key, kind, owner, organisation, addr, port, fqdn, url, sources, first_seen, last_seen, events, state, since,
		reason, until_at, told, due, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		f.Key[:], kind.number(), owner.number(), f.Organisation, addr, f.Port, f.FQDN, f.URL, int64(f.Sources), sqldb.Millis(f.First), //nolint:gosec // bits
		sqldb.Millis(f.Last), f.Count, string(f.State), sqldb.Millis(f.Since), f.Reason, sqldb.Millis(f.Until), sqldb.Millis(f.Told), due, f.Version)
	return err
}

// common is what rows share, under a number.
type common []string

func (w common) number() int64 { return int64(crc32.ChecksumIEEE(fmt.Appendf(nil, "%q", []string(w)))) }

func (w common) insert(tx *sqldb.Tx, table, columns string) error {
	values, args := "$1", []any{w.number()}
	for i, v := range w {
		values += fmt.Sprintf(", $%d", i+2)
		args = append(args, v)
	}
	_, err := tx.Exec(`INSERT INTO `+table+` (id, `+columns+`) VALUES (`+values+`) ON CONFLICT (id) DO NOTHING`, args...)
	return err
}

func parse(t testing.TB, text string) query.Node {
	t.Helper()
	n, err := Parse(text, now, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

package search

import (
	"net/netip"

	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

const columns = `key, organisation, network, rule, role, standing, addr, port, transport, fqdn, url, malware, taxonomy, type, identifier,
	feed, report, severity, sources, first_seen, last_seen, events, state, since, reason, until_at, told, due, version`

// read makes a finding of a row of columns.
func read(scan func(...any) error) (finding.Finding, error) {
	var f finding.Finding
	var key, addr []byte
	var state string
	var sources, first, last, since, until, told int64
	var due *int64
	err := scan(&key, &f.Organisation, &f.Network, &f.Rule, &f.Role, &f.Standing, &addr, &f.Port, &f.Transport, &f.FQDN, &f.URL, &f.Malware,
		&f.Taxonomy, &f.Type, &f.Identifier, &f.Feed, &f.Report, &f.Severity, &sources, &first, &last, &f.Count, &state, &since, &f.Reason,
		&until, &told, &due, &f.Version)
	if err != nil {
		return f, err
	}
	copy(f.Key[:], key)
	f.Addr = f.Key.Addr()
	if a, ok := netip.AddrFromSlice(addr); ok {
		f.Addr = a.Unmap()
	}
	f.Sources, f.State = uint64(sources), finding.State(state) //nolint:gosec // bits
	f.First, f.Last, f.Since = sqldb.Time(first), sqldb.Time(last), sqldb.Time(since)
	f.Until, f.Told = sqldb.Time(until), sqldb.Time(told)
	if due != nil {
		f.Due = sqldb.Time(*due)
	}
	return f, nil
}

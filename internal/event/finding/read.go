package finding

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

const findingColumns = `key, organisation, network, rule, role, standing, addr, port, transport, fqdn, url, malware, taxonomy, type, identifier,
	feed, report, severity, sources, first_seen, last_seen, events, state, since, reason, until_at, told, due, version`

// Select reads findings within a transaction; rest is what follows the table's name in a SELECT, made by the program alone.
func Select(tx *sqldb.Tx, rest string, args ...any) (out []Finding, err error) {
	err = tx.Each(`SELECT `+findingColumns+` FROM finding `+rest, args, func(scan func(...any) error) error {
		f, err := scanFinding(scan)
		out = append(out, f)
		return err
	})
	return out, err
}

func scanFinding(scan func(...any) error) (f Finding, err error) {
	var key, addr []byte
	var sources, first, last, since, until, told int64
	var due *int64
	err = scan(&key, &f.Organisation, &f.Network, &f.Rule, &f.Role, &f.Standing, &addr, &f.Port, &f.Transport, &f.FQDN, &f.URL, &f.Malware,
		&f.Taxonomy, &f.Type, &f.Identifier, &f.Feed, &f.Report, &f.Severity, &sources, &first, &last, &f.Count, &f.State, &since, &f.Reason,
		&until, &told, &due, &f.Version)
	if err != nil {
		return f, err
	}
	if len(key) != len(f.Key) {
		return f, problem.New(problem.Internal, "a finding's key has %d bytes", len(key))
	}
	f.Key = Key(key)
	f.Addr = f.Key.Addr()
	if a, ok := netip.AddrFromSlice(addr); ok {
		f.Addr = a.Unmap()
	}
	f.Sources = uint64(sources) //nolint:gosec // 63 bits
	f.First, f.Last, f.Since, f.Until, f.Told = sqldb.Time(first), sqldb.Time(last), sqldb.Time(since), sqldb.Time(until), sqldb.Time(told)
	if due != nil {
		f.Due = sqldb.Time(*due)
	}
	return f, nil
}

// Get finds a finding by its id or a unique beginning of it. Errors: Invalid if it is no id, NotFound, Conflict if several begin so.
func (s *Store) Get(ctx context.Context, actor identity.Actor, id string) (Finding, error) {
	if err := actor.Authorise(OpRead, id); err != nil {
		return Finding{}, err
	}
	low, high, err := ParseID(id)
	if err != nil {
		return Finding{}, err
	}
	var found []Finding
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		found, err = Select(tx, `WHERE key BETWEEN $1 AND $2 ORDER BY key LIMIT 2`, low[:], high[:])
		return err
	})
	switch {
	case err != nil:
		return Finding{}, err
	case len(found) == 0:
		return Finding{}, problem.New(problem.NotFound, "no finding %s: firehall findings lists them", id)
	case len(found) > 1:
		return Finding{}, problem.New(problem.Conflict, "several findings begin with %s: give more digits, for example %s or %s", id, found[0].Key, found[1].Key)
	}
	return found[0], nil
}

// History lists what happened to a finding, oldest first: its moves, and the messages that told its owner.
func (s *Store) History(ctx context.Context, actor identity.Actor, key Key) (out []Entry, err error) {
	if err := actor.Authorise(OpRead, key.ID()); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		out = nil
		err := tx.Each(`SELECT at, from_state, to_state, actor, name, reason FROM finding_history WHERE key = $1 ORDER BY version`, []any{key[:]},
			func(scan func(...any) error) error {
				var e Entry
				var at int64
				err := scan(&at, &e.From, &e.To, &e.By, &e.Name, &e.Reason)
				e.At = sqldb.Time(at)
				out = append(out, e)
				return err
			})
		if err != nil {
			return err
		}
		return tx.Each(`SELECT at, failed, message FROM finding_told WHERE key = $1 ORDER BY at, message`, []any{key[:]},
			func(scan func(...any) error) error {
				e := Entry{To: Notified, By: string(System), Name: "tell"}
				var at, failed int64
				err := scan(&at, &failed, &e.Message)
				e.At = sqldb.Time(at)
				if failed > 0 {
					e.Reason = "reached nobody, as known since " + sqldb.Time(failed).Format(time.RFC3339)
				}
				out = append(out, e)
				return err
			})
	})
	slices.SortStableFunc(out, func(a, b Entry) int { return cmp.Compare(a.At.UnixMilli(), b.At.UnixMilli()) })
	return out, err
}

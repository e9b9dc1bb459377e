package team

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

const teamColumns = `organisation, full_name, host, serves, nation, sectors, hours, zone, languages, handling, memberships, policy, website, direct, public,
	source, source_id, confirmed, confirmed_by, asked, created, updated, version`

func scanTeam(scan func(...any) error) (t Team, err error) {
	var nation, direct, handling, confirmed, asked, created, updated int64
	var sectors, languages, memberships, public string
	err = scan(&t.Organisation, &t.FullName, &t.Host, &t.Serves, &nation, &sectors, &t.Hours, &t.Zone, &languages, &handling, &memberships, &t.Policy, &t.Website,
		&direct, &public, &t.Source, &t.SourceID, &confirmed, &t.ConfirmedBy, &asked, &created, &updated, &t.Version)
	t.National, t.Direct, t.Handling = nation != 0, direct != 0, label(handling)
	t.Sectors, t.Languages = split[constituency.Sector](sectors), split[string](languages)
	t.Memberships, t.Public = split[Membership](memberships), split[Part](public)
	t.Confirmed, t.Asked, t.Created, t.Updated = sqldb.Time(confirmed), sqldb.Time(asked), sqldb.Time(created), sqldb.Time(updated)
	return t, err
}

// label reads a stored label; what is none is the strictest.
func label(n int64) tlp.Label {
	if n < 0 || n > int64(tlp.Red) {
		return tlp.Red
	}
	return tlp.Label(n)
}

func split[T ~string](s string) (out []T) {
	for _, w := range strings.Fields(s) {
		out = append(out, T(w))
	}
	return out
}

// byOrganisation reads an entry. Errors: NotFound.
func byOrganisation(tx *sqldb.Tx, organisation string) (Team, error) {
	t, err := scanTeam(tx.QueryRow(`SELECT `+teamColumns+` FROM team WHERE organisation = $1`, organisation).Scan)
	if sqldb.NoRows(err) {
		return t, problem.New(problem.NotFound, "the directory has no team %s", clip(organisation))
	}
	return t, err
}

// allTeams reads all entries.
func allTeams(tx *sqldb.Tx) (list []Team, err error) {
	err = tx.Each(`SELECT `+teamColumns+` FROM team ORDER BY organisation`, nil, func(scan func(...any) error) error {
		t, err := scanTeam(scan)
		list = append(list, t)
		return err
	})
	return list, err
}

// facts are the columns that a person may set, in order.
func (t Team) facts() []any {
	return []any{
		t.Organisation, t.FullName, t.Host, t.Serves, t.National, joined(t.Sectors, " "), t.Hours, t.Zone, joined(t.Languages, " "), int64(t.Handling),
		joined(t.Memberships, " "), t.Policy, t.Website, t.Direct, joined(t.Public, " "), string(t.Source), t.SourceID,
	}
}

func insertTeam(tx *sqldb.Tx, t Team) error {
	_, err := tx.Exec(`INSERT INTO team (organisation, full_name, host, serves, nation, sectors, hours, zone, languages, handling, memberships, policy, website,
		direct, public, source, source_id, confirmed, confirmed_by, created, updated, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, 1)`,
		append(t.facts(), t.Confirmed, t.ConfirmedBy, t.Created, t.Updated)...)
	return err
}

// updateTeam moves an entry to its next version, if it is still at the one given.
func updateTeam(tx *sqldb.Tx, t *Team) error {
	n, err := tx.Exec(`UPDATE team SET full_name = $2, host = $3, serves = $4, nation = $5, sectors = $6, hours = $7, zone = $8, languages = $9, handling = $10,
		memberships = $11, policy = $12, website = $13, direct = $14, public = $15, source = $16, source_id = $17, updated = $18, version = version + 1
		WHERE organisation = $1 AND version = $19`, append(t.facts(), t.Updated, t.Version)...)
	if err == nil && n == 0 {
		err = problem.New(problem.Conflict, "the team's entry was changed by somebody else: read it again")
	}
	t.Version++
	return err
}

const agreementColumns = `id, organisation, kind, scope, version, signed, signed_us, signed_them, valid_from, valid_until, ended, reason, out_label, in_label, flows,
	recorded_by, recorded`

func scanAgreement(scan func(...any) error) (a Agreement, err error) {
	var signed, from, until, ended, out, in, recorded int64
	var flows string
	err = scan(&a.ID, &a.Organisation, &a.Kind, &a.Scope, &a.Version, &signed, &a.SignedUs, &a.SignedThem, &from, &until, &ended, &a.Reason, &out, &in, &flows,
		&a.RecordedBy, &recorded)
	a.Signed, a.From, a.Until, a.Ended, a.Recorded = sqldb.Time(signed), sqldb.Time(from), sqldb.Time(until), sqldb.Time(ended), sqldb.Time(recorded)
	// An unreadable label lets nothing pass.
	a.Out, a.In, a.Flows = flowLabel(out), flowLabel(in), split[Flow](flows)
	return a, err
}

// flowLabel reads a label that lets things pass: what is none lets the least pass.
func flowLabel(n int64) tlp.Label {
	if n < 0 || n > int64(tlp.Red) {
		return tlp.Clear
	}
	return tlp.Label(n)
}

func insertAgreement(tx *sqldb.Tx, a Agreement) error {
	_, err := tx.Exec(`INSERT INTO team_agreement (id, organisation, kind, scope, version, signed, signed_us, signed_them, valid_from, valid_until, out_label, in_label,
		flows, recorded_by, recorded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		a.ID, a.Organisation, string(a.Kind), a.Scope, a.Version, a.Signed, a.SignedUs, a.SignedThem, a.From, a.Until, int64(a.Out), int64(a.In),
		joined(a.Flows, " "), a.RecordedBy, a.Recorded)
	return err
}

// agreements reads those that a condition picks, the latest signed first.
func agreements(tx *sqldb.Tx, where string, args ...any) (list []Agreement, err error) {
	err = tx.Each(`SELECT `+agreementColumns+` FROM team_agreement WHERE `+where+` ORDER BY signed DESC, id DESC`, args, func(scan func(...any) error) error {
		a, err := scanAgreement(scan)
		list = append(list, a)
		return err
	})
	return list, err
}

// InForce reads the agreements that hold at a moment, by organisation, the latest signed first. It is a step of somebody's operation, which
// authorises: release reads it inside its decision.
func InForce(tx *sqldb.Tx, organisations []string, now time.Time) (map[string][]Agreement, error) {
	of := map[string][]Agreement{}
	ids := slices.Compact(slices.Sorted(slices.Values(organisations)))
	for part := range slices.Chunk(ids, chunk) {
		args, marks := []any{now}, make([]string, len(part))
		for i, id := range part {
			args = append(args, id)
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		list, err := agreements(tx, `valid_from <= $1 AND ended = 0 AND (valid_until = 0 OR valid_until > $1) AND organisation IN (`+strings.Join(marks, ", ")+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			of[a.Organisation] = append(of[a.Organisation], a)
		}
	}
	return of, nil
}

// Handled reads the strictest label that each of some organisations says it can keep, by id; what is in no directory says nothing. It is a step of somebody's
// operation, which authorises.
func Handled(tx *sqldb.Tx, organisations []string) (map[string]tlp.Label, error) {
	out := map[string]tlp.Label{}
	ids := slices.Compact(slices.Sorted(slices.Values(organisations)))
	for part := range slices.Chunk(ids, chunk) {
		args, marks := make([]any, len(part)), make([]string, len(part))
		for i, id := range part {
			args[i], marks[i] = id, "$"+strconv.Itoa(i+1)
		}
		err := tx.Each(`SELECT organisation, handling FROM team WHERE organisation IN (`+strings.Join(marks, ", ")+`)`, args, func(scan func(...any) error) error {
			var id string
			var most int64
			err := scan(&id, &most)
			if out[id] = tlp.Label(max(most, 0)); most < 0 || most > int64(tlp.Red) { //nolint:gosec // five of them
				out[id] = tlp.Clear
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// chunk is how many values one query asks for.
const chunk = 500

// Members reads the organisations of a sharing group at a moment, by id; none for a group that there is not. It is a step of somebody's
// operation, which authorises.
func Members(tx *sqldb.Tx, group string, now time.Time) (members []string, err error) {
	err = tx.Each(`SELECT organisation FROM team_member WHERE team_group = $1 AND joined <= $2 ORDER BY organisation`, []any{group, now}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		members = append(members, id)
		return err
	})
	return members, err
}

// GroupIn reads a sharing group with its members. It is a step of somebody's operation, which authorises. Errors: NotFound.
func GroupIn(tx *sqldb.Tx, group string) (g Group, err error) {
	var limit, created int64
	err = tx.QueryRow(`SELECT id, name, cap, created, version FROM team_group WHERE id = $1`, group).Scan(&g.ID, &g.Name, &limit, &created, &g.Version)
	if sqldb.NoRows(err) {
		return g, problem.New(problem.NotFound, "there is no sharing group %s", clip(group))
	}
	if err != nil {
		return g, err
	}
	g.Cap, g.Created = flowLabel(limit), sqldb.Time(created)
	g.Members, err = Members(tx, group, time.UnixMilli(1<<53))
	return g, err
}

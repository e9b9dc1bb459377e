package team

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Listed is a team as a list shows it.
type Listed struct {
	Team
	Name       string               `json:"name"`
	Country    constituency.Country `json:"country,omitempty"`
	Kind       constituency.Kind    `json:"kind"`
	Networks   int                  `json:"networks"` // approved
	Claims     int                  `json:"claims"`   // that wait for approval
	Contacts   int                  `json:"contacts"`
	Agreements int                  `json:"agreements"` // in force
	Proposals  int                  `json:"proposals"`  // open
	Stale      bool                 `json:"stale"`      // has to be confirmed again
}

// Filter picks teams of a list.
type Filter struct {
	Text    string               // in the name, full name, host or constituency
	Country constituency.Country // "" for all
	Stale   bool                 // only those that have to be confirmed again
	Waiting bool                 // only those with something that waits for a person
	Member  Membership           // "" for all
}

// List gives the teams of the directory by name.
func (s *Service) List(ctx context.Context, actor identity.Actor, f Filter) (list []Listed, err error) {
	now := s.Clock.Now()
	err = s.read(ctx, actor, "directory", func(tx *sqldb.Tx) error {
		list, err = s.listed(tx, now)
		return err
	})
	list = slices.DeleteFunc(list, func(l Listed) bool { return !f.takes(l) })
	return list, err
}

func (s *Service) listed(tx *sqldb.Tx, now time.Time) (list []Listed, err error) {
	query := `SELECT ` + prefixed("t", teamColumns) + `, o.name, o.country, o.kind,
		(SELECT count(*) FROM network n WHERE n.organisation = t.organisation AND n.approved_at <> 0),
		(SELECT count(*) FROM network n WHERE n.organisation = t.organisation AND n.approved_at = 0),
		(SELECT count(*) FROM contact c WHERE c.organisation = t.organisation),
		(SELECT count(*) FROM team_agreement a WHERE a.organisation = t.organisation AND a.valid_from <= $1 AND a.ended = 0 AND (a.valid_until = 0 OR a.valid_until > $1)),
		(SELECT count(*) FROM team_proposal p WHERE p.organisation = t.organisation AND p.state = 'open')
		FROM team t JOIN organisation o ON o.id = t.organisation`
	err = tx.Each(query, []any{now}, func(scan func(...any) error) error {
		var l Listed
		var err error
		l.Team, err = scanTeam(func(to ...any) error {
			return scan(append(to, &l.Name, &l.Country, &l.Kind, &l.Networks, &l.Claims, &l.Contacts, &l.Agreements, &l.Proposals)...)
		})
		l.Stale = l.Team.Stale(now, s.Confirm)
		list = append(list, l)
		return err
	})
	slices.SortFunc(list, func(a, b Listed) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Organisation, b.Organisation))
	})
	return list, err
}

// takes tells whether a team belongs in the list.
func (f Filter) takes(l Listed) bool {
	text := strings.ToLower(strings.TrimSpace(f.Text))
	within := text == "" || strings.Contains(strings.ToLower(strings.Join([]string{l.Name, l.FullName, l.Host, l.Serves}, "\n")), text)
	return within && (f.Country == "" || l.Country == f.Country) && (!f.Stale || l.Stale) && (!f.Waiting || l.Claims+l.Proposals > 0) &&
		(f.Member == "" || slices.Contains(l.Memberships, f.Member))
}

// Named finds a team by its name, whatever its case, or its id. Errors: NotFound.
func (s *Service) Named(ctx context.Context, actor identity.Actor, name string) (e Entry, err error) {
	err = s.read(ctx, actor, clip(name), func(tx *sqldb.Tx) error {
		if e, err = entryIn(tx, name); err == nil {
			return nil
		}
		o, err := constituency.OrganisationNamed(tx, name)
		if err != nil {
			return err
		}
		e, err = entryIn(tx, o.ID)
		return err
	})
	return e, err
}

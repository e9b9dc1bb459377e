package incident

import (
	"context"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// grounds are the answers of a test, for going through them.
func (g *Significance) grounds() []*Ground {
	return []*Ground{&g.Economy, &g.Infrastructure, &g.Government, &g.Security, &g.CrossBorder}
}

func (g *Significance) check() error {
	g.Significant = false
	for _, one := range g.grounds() {
		if one.Reason = line(one.Reason); len(one.Reason) > MaxAnswer {
			return problem.New(problem.Invalid, "a reason has %d bytes, and may have %d", len(one.Reason), MaxAnswer)
		}
		if one.Yes && one.Reason == "" {
			return problem.New(problem.Invalid, "say why, for each yes: the reason is what somebody asks for later")
		}
		g.Significant = g.Significant || one.Yes
	}
	return nil
}

// SetSignificance records the significance test of a report or an incident, by id or ref. version is that of the test before; 0 for none. Errors:
// NotFound; Invalid for a yes without a reason; Conflict, with both in a Clash, if there is another version.
func (s *Service) SetSignificance(ctx context.Context, actor identity.Actor, about string, version int64, g Significance) (Significance, error) {
	if err := actor.Authorise(OpSignificance, about); err != nil {
		return g, err
	}
	if err := g.check(); err != nil {
		return g, err
	}
	err := s.in(ctx, actor, about, func(tx *sqldb.Tx, p place) error {
		before, err := significanceOf(tx, p.key, p.id)
		if err != nil {
			return err
		}
		if err := g.follows(before, version); err != nil {
			return err
		}
		g.By, g.At, g.Version = actor.ID, p.at(s.now()), version+1
		sealed, err := put(p.key, "significance", g)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO significance (about, actor, at, version, body) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (about) DO UPDATE SET actor = excluded.actor, at = excluded.at, version = excluded.version, body = excluded.body`,
			p.id, g.By, g.At, g.Version, sealed); err != nil {
			return err
		}
		return actor.Audit(tx, g.At, OpSignificance, p.id, nil, map[string]any{"significant": g.Significant, "version": g.Version})
	})
	return g, err
}

// follows refuses to write over what somebody else wrote.
func (g *Significance) follows(before *Significance, version int64) error {
	if before == nil && version == 0 || before != nil && before.Version == version {
		return nil
	}
	if before == nil {
		return problem.New(problem.Conflict, "there is no significance test yet: its version is 0")
	}
	return conflict(&Clash{Field: "significance test", Yours: g.words(), Theirs: before.words(), By: before.By, At: before.At, Version: before.Version})
}

// words writes the reasons down.
func (g *Significance) words() string {
	var list []string
	for i, one := range g.grounds() {
		if one.Yes || one.Reason != "" {
			list = append(list, [...]string{"economy", "infrastructure", "government", "security", "cross-border"}[i]+": "+one.Reason)
		}
	}
	return strings.Join(list, "\n")
}

func significanceOf(tx *sqldb.Tx, k seal.Key, about string) (*Significance, error) {
	var sealed []byte
	err := tx.QueryRow(`SELECT body FROM significance WHERE about = $1`, about).Scan(&sealed)
	if sqldb.NoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	g, err := get[Significance](k, "significance", sealed)
	return &g, err
}

// Definition gives the team's own words for what an incident is; version 0 is what the configuration says, or Firehall.
func (s *Service) Definition(ctx context.Context, actor identity.Actor) (d Definition, err error) {
	if err := actor.Authorise(OpRead, "definition"); err != nil {
		return d, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		d, err = s.definition(tx)
		return err
	})
	return d, err
}

func (s *Service) definition(tx *sqldb.Tx) (d Definition, err error) {
	err = tx.QueryRow(`SELECT text, actor, at, version FROM incident_definition ORDER BY version DESC LIMIT 1`).Scan(&d.Text, &d.By, moment{&d.At}, &d.Version)
	if sqldb.NoRows(err) {
		return Definition{Text: s.o.Definition}, nil
	}
	return d, err
}

// Define changes it; what it was before stays in the database. Errors: Invalid; Conflict, with both texts in a Clash, if somebody was faster.
func (s *Service) Define(ctx context.Context, actor identity.Actor, version int64, words string) (d Definition, err error) {
	if err := actor.Authorise(OpDefine, "definition"); err != nil {
		return d, err
	}
	if words, err = messageText(words); err != nil {
		return d, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		before, err := s.definition(tx)
		if err != nil {
			return err
		}
		if before.Version != version {
			return conflict(&Clash{Field: "definition", Yours: words, Theirs: before.Text, By: before.By, At: before.At, Version: before.Version})
		}
		d = Definition{Text: words, By: actor.ID, At: s.now(), Version: version + 1}
		if _, err := tx.Exec(`INSERT INTO incident_definition (version, text, actor, at) VALUES ($1, $2, $3, $4)`, d.Version, d.Text, d.By, d.At); err != nil {
			return err
		}
		return actor.Audit(tx, d.At, OpDefine, "definition", before, d)
	})
	return d, err
}

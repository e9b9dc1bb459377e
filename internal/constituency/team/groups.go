package team

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// maxMembers bounds a sharing group.
const maxMembers = 2000

// PutGroup makes a sharing group, or gives one another name, cap and members: g.Version is the version that was read, and an empty ID is a new
// group. Errors: NotFound for a group or member; Invalid; Conflict if the name is taken, or somebody else was faster.
func (s *Service) PutGroup(ctx context.Context, actor identity.Actor, g Group) (Group, error) {
	if err := actor.Authorise(OpGroup, g.ID); err != nil {
		return g, err
	}
	g, err := g.normal()
	if err != nil {
		return g, err
	}
	wanted := g
	err = s.write(ctx, actor, OpGroup, g.ID, func(tx *sqldb.Tx, now time.Time) error {
		g = wanted
		var before any
		if g.ID == "" {
			g.ID, g.Created, g.Version = id.NewAt(now), now, 1
			if err := insertGroup(tx, g); err != nil {
				return err
			}
		} else if before, err = updateGroup(tx, &g); err != nil {
			return err
		}
		if err := setMembers(tx, now, g); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpGroup, g.ID, before, g)
	})
	return g, err
}

// normal checks a group and returns it in canonical form.
func (g Group) normal() (Group, error) {
	var err error
	if g.Name, err = cleanLine("name", g.Name, 200); err != nil {
		return g, err
	}
	g.Members = slices.Compact(slices.Sorted(slices.Values(g.Members)))
	switch {
	case g.Name == "":
		return g, problem.New(problem.Invalid, "a sharing group needs a name")
	case g.Cap > tlp.Red:
		return g, problem.New(problem.Invalid, "a sharing group takes labels up to TLP:RED")
	case len(g.Members) > maxMembers:
		return g, problem.New(problem.Invalid, "a sharing group has at most %d members", maxMembers)
	}
	return g, nil
}

func insertGroup(tx *sqldb.Tx, g Group) error {
	n, err := tx.Exec(`INSERT INTO team_group (id, name, name_key, cap, created, version) VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT (name_key) DO NOTHING`,
		g.ID, g.Name, strings.ToLower(g.Name), int64(g.Cap), g.Created)
	if err == nil && n == 0 {
		err = taken(g.Name)
	}
	return err
}

func taken(name string) error {
	return problem.New(problem.Conflict, "there is a sharing group %q already", clip(name))
}

// updateGroup moves a group to its next version, and gives it as it was.
func updateGroup(tx *sqldb.Tx, g *Group) (before any, err error) {
	old, err := GroupIn(tx, g.ID)
	if err != nil {
		return nil, err
	}
	var same int
	key := strings.ToLower(g.Name)
	if err := tx.QueryRow(`SELECT count(*) FROM team_group WHERE name_key = $1 AND id <> $2`, key, g.ID).Scan(&same); err != nil {
		return nil, err
	}
	if same > 0 {
		return nil, taken(g.Name)
	}
	n, err := tx.Exec(`UPDATE team_group SET name = $2, name_key = $3, cap = $4, version = version + 1 WHERE id = $1 AND version = $5`,
		g.ID, g.Name, key, int64(g.Cap), g.Version)
	if err == nil && n == 0 {
		err = problem.New(problem.Conflict, "the sharing group was changed by somebody else: read it again")
	}
	g.Created, g.Version = old.Created, g.Version+1
	return old, err
}

// setMembers makes the members of a group those that it names; who stays keeps the day of joining.
func setMembers(tx *sqldb.Tx, now time.Time, g Group) error {
	old, err := GroupIn(tx, g.ID)
	if err != nil {
		return err
	}
	for _, m := range old.Members {
		if !slices.Contains(g.Members, m) {
			if _, err := tx.Exec(`DELETE FROM team_member WHERE team_group = $1 AND organisation = $2`, g.ID, m); err != nil {
				return err
			}
		}
	}
	for _, m := range g.Members {
		if slices.Contains(old.Members, m) {
			continue
		}
		if _, err := constituency.OrganisationIn(tx, m); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO team_member (team_group, organisation, joined) VALUES ($1, $2, $3)`, g.ID, m, now); err != nil {
			return err
		}
	}
	return nil
}

// RemoveGroup takes a group away; version is the one that was read. Errors: NotFound; Conflict.
func (s *Service) RemoveGroup(ctx context.Context, actor identity.Actor, group string, version int64) error {
	return s.write(ctx, actor, OpGroup, group, func(tx *sqldb.Tx, now time.Time) error {
		before, err := GroupIn(tx, group)
		if err != nil {
			return err
		}
		if before.Version != version {
			return problem.New(problem.Conflict, "the sharing group was changed by somebody else: read it again")
		}
		if _, err := tx.Exec(`DELETE FROM team_member WHERE team_group = $1`, group); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM team_group WHERE id = $1`, group); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpGroup, group, before, nil)
	})
}

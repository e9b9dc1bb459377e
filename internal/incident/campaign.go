package incident

import (
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Campaign groups incidents that one hand, or one cause, lies behind. The whole team sees it; of its incidents each sees those within their sight.
type Campaign struct {
	ID        string    `json:"id"`
	Ref       string    `json:"ref"` // "C-4M8Q1Z"
	Name      string    `json:"name"`
	Text      string    `json:"text,omitempty"` // what is known of it, in Markdown
	Opened    time.Time `json:"opened"`
	OpenedBy  string    `json:"opened_by"`
	Changed   time.Time `json:"changed"`
	Version   int64     `json:"version"`
	Incidents int       `json:"incidents"` // that the reader sees
}

// CampaignText is what people write of a campaign.
type CampaignText struct {
	Name string `json:"name"`
	Text string `json:"text,omitempty"`
}

func (t *CampaignText) check() error {
	t.Name, t.Text = line(t.Name), strings.TrimSpace(text(t.Text))
	switch {
	case t.Name == "":
		return problem.New(problem.Invalid, "the campaign needs a name")
	case len(t.Name) > MaxTitle:
		return problem.New(problem.Invalid, "the name has %d bytes, and may have %d: put the rest into the text", len(t.Name), MaxTitle)
	case len(t.Text) > MaxSummary:
		return problem.New(problem.Invalid, "the text has %d KiB, and may have %d", len(t.Text)>>10, MaxSummary>>10)
	}
	return nil
}

// OpenCampaign begins a campaign. Errors: Invalid.
func (s *Service) OpenCampaign(ctx context.Context, actor identity.Actor, t CampaignText) (c Campaign, err error) {
	if err := actor.Authorise(OpCampaign, ""); err != nil {
		return c, err
	}
	if err := t.check(); err != nil {
		return c, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now := s.now()
		c = Campaign{ID: id.NewAt(now), Name: t.Name, Text: t.Text, Opened: now, OpenedBy: actor.ID, Changed: now, Version: 1}
		if c.Ref, err = newRef(tx, "C", "campaign"); err != nil {
			return err
		}
		key, wrapped, err := s.sealer.NewKey(c.ID)
		if err != nil {
			return err
		}
		sealed, err := put(key, "campaign", t)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO campaign (id, ref, opened, opened_by, changed, version, data_key, head) VALUES ($1, $2, $3, $4, $3, 1, $5, $6)`,
			c.ID, c.Ref, now, actor.ID, wrapped, sealed); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpCampaign, c.ID, nil, map[string]any{"ref": c.Ref})
	})
	return c, err
}

// EditCampaign changes what is known of a campaign. Errors: NotFound, Invalid; Conflict, with both texts in a Clash, if it was changed since version.
func (s *Service) EditCampaign(ctx context.Context, actor identity.Actor, name string, version int64, t CampaignText) (c Campaign, err error) {
	if err := actor.Authorise(OpCampaign, name); err != nil {
		return c, err
	}
	if err := t.check(); err != nil {
		return c, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		var wrapped []byte
		if c, wrapped, err = s.campaign(tx, name); err != nil {
			return err
		}
		if c.Version != version {
			return conflict(&Clash{Field: "campaign", Yours: t.Name + "\n\n" + t.Text, Theirs: c.Name + "\n\n" + c.Text, By: "somebody", At: c.Changed, Version: c.Version})
		}
		key, err := s.sealer.Unwrap(c.ID, wrapped)
		if err != nil {
			return err
		}
		sealed, err := put(key, "campaign", t)
		if err != nil {
			return err
		}
		c.Name, c.Text, c.Changed, c.Version = t.Name, t.Text, s.now(), version+1
		if _, err := tx.Exec(`UPDATE campaign SET head = $2, changed = $3, version = $4 WHERE id = $1`, c.ID, sealed, c.Changed, c.Version); err != nil {
			return err
		}
		return actor.Audit(tx, c.Changed, OpCampaign, c.ID, map[string]any{"version": version}, map[string]any{"version": c.Version})
	})
	return c, err
}

const campaignColumns = `c.id, c.ref, c.opened, c.opened_by, c.changed, c.version, c.data_key, c.head`

func (s *Service) scanCampaign(scan func(...any) error, more ...any) (c Campaign, wrapped []byte, err error) {
	var sealed []byte
	if err := scan(append([]any{&c.ID, &c.Ref, moment{&c.Opened}, &c.OpenedBy, moment{&c.Changed}, &c.Version, &wrapped, &sealed}, more...)...); err != nil {
		return c, nil, err
	}
	key, err := s.sealer.Unwrap(c.ID, wrapped)
	if err != nil {
		return c, nil, err
	}
	t, err := get[CampaignText](key, "campaign", sealed)
	c.Name, c.Text = t.Name, t.Text
	return c, wrapped, err
}

// campaign reads one by id or ref. Errors: NotFound.
func (s *Service) campaign(tx *sqldb.Tx, name string) (c Campaign, wrapped []byte, err error) {
	c, wrapped, err = s.scanCampaign(tx.QueryRow("SELECT "+campaignColumns+" FROM campaign c WHERE c.id = $1 OR c.ref = $1", name).Scan)
	if sqldb.NoRows(err) {
		return c, nil, gone("campaign", name)
	}
	return c, wrapped, err
}

// campaignID gives the id of a campaign by its id or ref; "" stays. Errors: NotFound.
func campaignID(tx *sqldb.Tx, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	var found string
	err := tx.QueryRow(`SELECT id FROM campaign WHERE id = $1 OR ref = $1`, name).Scan(&found)
	if sqldb.NoRows(err) {
		return "", gone("campaign", name)
	}
	return found, err
}

// campaignOf names an incident's campaign; "" is none.
func (s *Service) campaignOf(tx *sqldb.Tx, id string) (*Ref, error) {
	if id == "" {
		return nil, nil
	}
	c, _, err := s.campaign(tx, id)
	return &Ref{c.ID, c.Ref, c.Name}, err
}

// Campaigns gives a page of the campaigns, the latest changed first. Each counts the incidents that the actor sees.
func (s *Service) Campaigns(ctx context.Context, actor identity.Actor, r page.Request) (out page.Page[Campaign], err error) {
	err = s.campaignsFor(ctx, actor, "", r, func(p page.Page[Campaign]) error {
		out = p
		return nil
	})
	return out, err
}

// Campaign gives one by its id or ref. Its incidents are those that the query campaign:REF finds. Errors: NotFound.
func (s *Service) Campaign(ctx context.Context, actor identity.Actor, name string) (c Campaign, err error) {
	err = s.campaignsFor(ctx, actor, name, page.Request{Limit: 1}, func(p page.Page[Campaign]) error {
		if len(p.Items) == 0 {
			return gone("campaign", name)
		}
		c = p.Items[0]
		return nil
	})
	return c, err
}

// campaignsFor reads campaigns, all or the one with a name.
func (s *Service) campaignsFor(ctx context.Context, actor identity.Actor, name string, r page.Request, give func(page.Page[Campaign]) error) error {
	if err := actor.Authorise(OpIncidentRead, name); err != nil {
		return err
	}
	return s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		list, err := s.campaigns(tx, v, name, r)
		if err != nil {
			return err
		}
		return give(page.Cut(list, r.Rows(), func(c Campaign) []any { return []any{sqldb.Millis(c.Changed), c.ID} }))
	})
}

func (s *Service) campaigns(tx *sqldb.Tx, v Sight, name string, r page.Request) (list []Campaign, err error) {
	var q query
	cond, args := v.Incidents("i", 1)
	q.args = args
	if name != "" {
		q.and("(c.id = ? OR c.ref = ?)", name, name)
	}
	var changed int64
	var last string
	if more, err := r.After.Into(&changed, &last); err != nil {
		return nil, err
	} else if more {
		q.and("(c.changed, c.id) < (CAST(? AS BIGINT), ?)", changed, last)
	}
	q.args = append(q.args, r.Rows()+1)
	err = tx.Each("SELECT "+campaignColumns+`, (SELECT count(*) FROM incident i WHERE i.campaign = c.id AND i.campaign <> '' AND i.merged_into = '' AND `+cond+`)
		FROM campaign c WHERE `+q.String()+" ORDER BY c.changed DESC, c.id DESC LIMIT $"+itoa(len(q.args)), q.args, func(scan func(...any) error) error {
		n := 0
		c, _, err := s.scanCampaign(scan, &n)
		c.Incidents = n
		list = append(list, c)
		return err
	})
	return list, err
}

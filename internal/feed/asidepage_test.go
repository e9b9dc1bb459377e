package feed

import (
	"context"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/identity"
)

func TestRejectsInPages(t *testing.T) {
	each(t, func(s *station) {
		res := s.mustIngest("scan_telnet.csv", telnet(0, 20)+strings.Repeat("no time,11.0.0.1\n", 7))
		in, ctx := res.Intakes[0].Intake, context.Background()
		var rows []event.Reject
		ask := page.Request{Limit: 3}
		for range 4 {
			p, err := s.Rejects(ctx, s.actor, in, ask)
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, p.Items...)
			if ask.After = p.Next; p.Next == "" {
				break
			}
		}
		if len(rows) != 7 || rows[0].Line != 22 || rows[6].Line != 28 {
			t.Errorf("%+v", rows)
		}
		p, err := s.AsideIntakes(ctx, s.actor, "shadowserver", page.Request{Limit: 1})
		if err != nil || len(p.Items) != 1 || p.Items[0].ID != in || p.Next != "" {
			t.Errorf("%+v, %v", p, err)
		}
		if p, err := s.AsideIntakes(ctx, s.actor, "other", page.Request{}); err != nil || len(p.Items) != 0 {
			t.Errorf("%+v, %v", p, err)
		}
		if _, err := s.Rejects(ctx, identity.Actor{}, in, page.Request{}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("got %v", err)
		}
		if _, err := s.Rejects(ctx, s.actor, "nowhere", page.Request{}); !problem.Is(err, problem.NotFound) {
			t.Errorf("got %v", err)
		}
	})
}

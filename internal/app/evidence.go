package app

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
)

// sweepPause is how long a part of the vault waits for the next to be looked through.
const sweepPause = time.Hour

// sweepEvidence removes what was left behind in the vault.
func (a *App) sweepEvidence(ctx context.Context) error {
	n, err := a.Incidents.Sweep(ctx, identity.System("retention"))
	if n > 0 {
		a.Log.InfoContext(ctx, "files that belong to no report were removed from the vault", "files", n)
	}
	return err
}

// proofOfEvidence is what makes exported evidence hold: the key that signs the checkpoints of the record, and what the record says of a chain.
func (a *App) proofOfEvidence() incident.Proof {
	return incident.Proof{Heads: a.headsOf, Sign: func(message []byte) ([]byte, ed25519.PublicKey, error) {
		key, err := a.Keys.Audit()
		if err != nil {
			return nil, nil, err
		}
		public, _ := key.Public().(ed25519.PublicKey)
		return ed25519.Sign(key, message), public, nil
	}}
}

// headsOf reads the hashes that the audit record names for the custody of an item.
func (a *App) headsOf(ctx context.Context, parent, item string) (map[int64]string, error) {
	heads := map[int64]string{}
	q := audit.Query{Object: parent, Text: item, Request: page.Request{Limit: page.MaxLimit}}
	for {
		p, err := a.Audit.List(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, l := range p.Items {
			var said struct {
				Item, Head string
				Step       int64
			}
			if json.Unmarshal(l.After, &said) == nil && said.Item == item && said.Head != "" {
				heads[said.Step] = said.Head
			}
		}
		if q.After = p.Next; q.After == "" {
			return heads, nil
		}
	}
}

package app

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
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

// sumPause is how long the job that reads old files of the vault rests between two batches.
const sumPause = time.Minute

// sumsKind is the job that lets old files of the vault be found by MD5 and SHA-1. Its body is where it goes on.
func (a *App) sumsKind() jobs.Kind {
	return jobs.Kind{Name: incident.JobSums, Concurrency: 1, Attempts: 20, Lease: 2 * time.Minute, Do: func(ctx context.Context, t *jobs.Task) error {
		var from struct{ After string }
		if err := t.Into(&from); err != nil {
			return err
		}
		last, n, err := a.Incidents.SumVault(ctx, vaulter, t.Fence, from.After)
		if err != nil {
			return err
		}
		t.Progress(strconv.Itoa(n) + " files")
		if last == "" {
			return nil
		}
		return a.DB.Write(ctx, func(tx *sqldb.Tx) error {
			if err := t.End(tx); err != nil {
				return err
			}
			now := a.Clock.Now()
			return postSums(tx, now, now.Add(sumPause), last)
		})
	}}
}

// vaulter is who reads old files of the vault.
var vaulter = identity.System("vault")

func postSums(tx *sqldb.Tx, now, due time.Time, after string) error {
	_, err := jobs.Enqueue(tx, now, jobs.Post{Kind: incident.JobSums, Subject: "vault", Unique: true, Due: due, Body: map[string]string{"After": after}})
	return err
}

// sumVault posts the job, if there is a file for it.
func (a *App) sumVault(ctx context.Context) error {
	some, err := a.Incidents.Unsummed(ctx, vaulter, "")
	if err != nil || !some {
		return err
	}
	now := a.Clock.Now()
	return a.DB.Write(ctx, func(tx *sqldb.Tx) error { return postSums(tx, now, now, "") })
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

package credential

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// scale says how failures of one kind delay the next attempt: so many are free, then the delay doubles from two seconds up to its longest.
type scale struct {
	use     string
	free    int64
	longest time.Duration
}

// What failures are counted by. A stranger's guesses at an account delay the network that they come from. Guesses from very many networks delay
// networks, and browsers, from which the account's owner never came: briefly, so that the owner gets in from there too, but long enough that the
// million codes of an authenticator are not gone through by somebody who has the password.
var (
	byPair    = scale{"pair", 5, 15 * time.Minute}     // the account, from there
	byNetwork = scale{"network", 20, 15 * time.Minute} // any account, from there
	byAccount = scale{"account", 200, 30 * time.Second}
	byBrowser = scale{"browser", 5, 15 * time.Minute} // a browser that its owner logged in with before
)

// How long failures are remembered, and how many rows of them there may be: beyond that the oldest are forgotten.
const (
	remembered  = 24 * time.Hour
	maxThrottle = 20_000
)

func (s scale) delay(failures int64) time.Duration {
	if failures <= s.free {
		return 0
	}
	return time.Duration(math.Min(float64(s.longest), math.Exp2(float64(min(failures-s.free, 40)))*float64(time.Second)))
}

// Wait tells how long to wait after an error that says to, and 0 for other errors.
func Wait(err error) time.Duration {
	var w *waitError
	if errors.As(err, &w) {
		return w.wait
	}
	return 0
}

// waitError says to come back later.
type waitError struct{ wait time.Duration }

func (w *waitError) Error() string {
	return fmt.Sprintf("too many log-ins from here were refused: try again in %s, or use a passkey", w.wait.Round(time.Second))
}

// counted is one attempt in the counters, as a failure until it is forgiven.
type counted struct {
	scale
	key  []byte
	prev int64 // the last failure before this one, as stored
}

// attempt counts an attempt at a login from a remote address ("192.0.2.1:4711"); browser, if not empty, is a browser known to be the owner's.
// Error: Unavailable, with a Wait, if it comes too early; then nothing is counted, and nothing may be tried.
func (k *Keeper) attempt(ctx context.Context, login, remote, browser string) (list []counted, err error) {
	list, err = k.counters(login, remote, browser)
	if err != nil {
		return nil, err
	}
	now := k.Clock.Now()
	err = k.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := forget(tx, now); err != nil {
			return err
		}
		for i := range list {
			if err := list[i].count(tx, now); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// counters are those that an attempt stands in.
func (k *Keeper) counters(login, remote, browser string) (list []counted, err error) {
	login, from := fold(login), Network(remote).String()
	add := func(s scale, texts ...string) {
		key, fault := k.digest("throttle "+s.use, texts...)
		list, err = append(list, counted{scale: s, key: key}), errors.Join(err, fault)
	}
	if browser != "" {
		add(byBrowser, login, browser)
		return list, err
	}
	add(byPair, login, from)
	add(byNetwork, from)
	add(byAccount, login)
	return list, err
}

// count adds a failure, or says how long to wait.
func (c *counted) count(tx *sqldb.Tx, now time.Time) error {
	var until int64
	err := tx.QueryRow(`SELECT last, until FROM throttle WHERE key = $1`, c.key).Scan(&c.prev, &until)
	if err != nil && !sqldb.NoRows(err) {
		return err
	}
	if wait := sqldb.Time(until).Sub(now); err == nil && wait > 0 {
		return problem.New(problem.Unavailable, "%w", &waitError{wait})
	}
	var failures int64
	err = tx.QueryRow(`INSERT INTO throttle (key, failures, last, until) VALUES ($1, 1, $2, 0)
		ON CONFLICT (key) DO UPDATE SET failures = throttle.failures + 1, last = excluded.last WHERE throttle.until <= $2
		RETURNING failures`, c.key, now).Scan(&failures)
	if sqldb.NoRows(err) { // somebody else was faster, and failed
		return problem.New(problem.Unavailable, "%w", &waitError{c.delay(c.free + 1)})
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE throttle SET until = $2 WHERE key = $1`, c.key, now.Add(c.delay(failures)))
	return err
}

// forgive takes an attempt back that was none: who it was got in. What others did from the same network stays counted.
func forgive(tx *sqldb.Tx, list []counted) error {
	for _, c := range list {
		var err error
		switch c.use {
		case byPair.use, byBrowser.use:
			_, err = tx.Exec(`DELETE FROM throttle WHERE key = $1`, c.key)
		default:
			err = c.takeBack(tx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// takeBack makes a counter what it was before this attempt.
func (c counted) takeBack(tx *sqldb.Tx) error {
	var failures int64
	err := tx.QueryRow(`UPDATE throttle SET failures = failures - 1 WHERE key = $1 RETURNING failures`, c.key).Scan(&failures)
	if sqldb.NoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	until := int64(0)
	if d := c.delay(failures); d > 0 && c.prev > 0 {
		until = c.prev + d.Milliseconds()
	}
	_, err = tx.Exec(`UPDATE throttle SET until = $2 WHERE key = $1`, c.key, until)
	return err
}

// forget removes what is old, and of too much the oldest.
func forget(tx *sqldb.Tx, now time.Time) error {
	if _, err := tx.Exec(`DELETE FROM throttle WHERE last <= $1`, now.Add(-remembered)); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM throttle WHERE last < (SELECT last FROM throttle ORDER BY last DESC LIMIT 1 OFFSET $1)`, maxThrottle)
	return err
}

// Network is who counts as one: an IPv4 address, or the /64 of an IPv6 address, which one person has whole. What is no address is one network.
func Network(remote string) netip.Prefix {
	addr, err := netip.ParseAddr(remote)
	if ap, fault := netip.ParseAddrPort(remote); fault == nil {
		addr, err = ap.Addr(), nil
	}
	if err != nil {
		return netip.Prefix{}
	}
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits)
	return p
}

// fold is a login as it is compared: people type capitals and spaces.
func fold(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

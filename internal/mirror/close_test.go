package mirror_test

import (
	"context"
	"errors"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// TestClose: a succession ends the mirror at its size, not before and not behind.
func TestClose(t *testing.T) {
	ctx := context.Background()
	l := newLine(t)
	if _, err := l.push(l.write(10)); err != nil {
		t.Fatal(err)
	}
	next, other := parley.Origin("aster.example/00000000000000aa"), parley.Origin("aster.example/00000000000000bb")
	err := l.m.Close(ctx, 9, tlog.Hash{}, next)
	want(t, err, parley.Conflict)
	var p *parley.Error
	if !errors.As(err, &p) || len(p.Received) == 0 {
		t.Error("it does not show what it cosigned")
	}
	want(t, l.m.Close(ctx, 10, tlog.Hash{}, next), parley.Untrusted)
	late := l.write(5)
	stolen := l.write(1)
	for range 2 {
		if err := l.m.Close(ctx, late.Size, late.Root, next); err != nil {
			t.Fatal(err)
		}
	}
	want(t, l.m.Close(ctx, late.Size, late.Root, other), parley.Conflict)
	_, err = l.push(stolen)
	want(t, err, parley.Forbidden)
	want(t, l.offer(stolen), parley.Forbidden)
	lines, err := l.push(late) // what was written before the end still comes
	if err != nil {
		t.Fatal(err)
	}
	l.receipt(late, lines)
	_, err = l.push(stolen)
	want(t, err, parley.Forbidden)
	l.check()
}

// TestCloseForked: the way back from two histories of one size is a succession,
// whichever of them it closes.
func TestCloseForked(t *testing.T) {
	ctx := context.Background()
	l := newLine(t)
	if _, err := l.push(l.write(9)); err != nil {
		t.Fatal(err)
	}
	cheat, _ := l.rewritten(9, 4)
	l.stopped(l.m.AddCheckpoint(ctx, 9, nil, l.sign(9, cheat.Root()).Note))
	for range 2 {
		if err := l.m.Close(ctx, 9, cheat.Root(), "aster.example/00000000000000aa"); err != nil {
			t.Fatal(err)
		}
	}
}

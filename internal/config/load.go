package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"parley.example/parley"
)

// maxFile bounds the settings file, in octets.
const maxFile = 1 << 20

// Load reads the settings of the home. A home without the file is NotFound: a
// node whose alert channels have vanished must not start as if it had none.
func Load(home string) (Config, error) {
	path := filepath.Join(home, FileName)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, parley.E(parley.NotFound, "no settings at %s", path).
			WithHint("give --home the folder that `parley init` made")
	}
	if err != nil {
		return Config{}, err
	}
	c, err := Parse(raw)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	c.resolve(home)
	return c, nil
}

// Parse reads settings; what they leave out has its default. Paths stay as written.
func Parse(raw []byte) (Config, error) {
	if len(raw) > maxFile {
		return Config{}, parley.E(parley.Invalid, "the settings have %d bytes, more than %d", len(raw), maxFile)
	}
	c := Default()
	d := toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, syntax(err)
	}
	if err := c.fill(raw); err != nil {
		return Config{}, err
	}
	if err := c.check(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// syntax turns the decoder's error into ours: the line, the key, what is wrong,
// what would be right.
func syntax(err error) error {
	var missing *toml.StrictMissingError
	if errors.As(err, &missing) && len(missing.Errors) > 0 {
		e := missing.Errors[0]
		line, _ := e.Position()
		return parley.E(parley.Invalid, "line %d: there is no setting %s", line, strings.Join(e.Key(), ".")).
			WithHint("`parley help config` lists every setting")
	}
	var e *toml.DecodeError
	if errors.As(err, &e) {
		line, _ := e.Position()
		what := strings.TrimPrefix(e.Error(), "toml: ")
		if key := strings.Join(e.Key(), "."); key != "" {
			what = key + ": " + what
		}
		return parley.E(parley.Invalid, "line %d: %s", line, what).
			WithHint("`parley help config` lists every setting and its form")
	}
	return parley.E(parley.Invalid, "%s", strings.TrimPrefix(err.Error(), "toml: "))
}

// fill gives each channel the defaults of its table: the decoder starts those
// from nothing, so the channels are read a second time onto their defaults.
func (c *Config) fill(raw []byte) error {
	for i := range c.Alert.SMTP {
		c.Alert.SMTP[i] = defaultSMTP()
	}
	for i := range c.Alert.Webhook {
		c.Alert.Webhook[i] = defaultWebhook()
	}
	for i := range c.Alert.Exec {
		c.Alert.Exec[i] = defaultExec()
	}
	var tables struct {
		Alert struct {
			SMTP, Webhook, Exec []map[string]any
		}
	}
	if err := toml.Unmarshal(raw, &tables); err != nil {
		return syntax(err)
	}
	for i, t := range tables.Alert.SMTP {
		if err := overlay(t, &c.Alert.SMTP[i]); err != nil {
			return err
		}
	}
	for i, t := range tables.Alert.Webhook {
		if err := overlay(t, &c.Alert.Webhook[i]); err != nil {
			return err
		}
	}
	for i, t := range tables.Alert.Exec {
		if err := overlay(t, &c.Alert.Exec[i]); err != nil {
			return err
		}
	}
	return nil
}

func overlay(table map[string]any, channel any) error {
	raw, err := toml.Marshal(table)
	if err != nil {
		return err
	}
	return toml.Unmarshal(raw, channel)
}

// resolve makes every path absolute; relative ones start at the home.
func (c *Config) resolve(home string) {
	paths := []*string{&c.Desk.CertFile, &c.Desk.KeyFile, &c.Ctl.Socket, &c.Gateway.CertFile, &c.Gateway.KeyFile, &c.Gateway.ClientCAFile}
	for i := range c.Alert.SMTP {
		paths = append(paths, &c.Alert.SMTP[i].PasswordFile)
	}
	for i := range c.Alert.Webhook {
		paths = append(paths, &c.Alert.Webhook[i].URLFile, &c.Alert.Webhook[i].TokenFile, &c.Alert.Webhook[i].SecretFile)
	}
	for _, p := range paths {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(home, *p)
		}
	}
}

# install.mk - what a build leaves on a system, and what it is packed into.
# Included by the Makefile, whose variables say where things go.

# ------------------------------------------------------------- completion

# Made from what the commands say of themselves, so where they can run.
ifeq ($(ARCH),$(shell uname -m))
COMPLETIONS := $(patsubst %,$(BUILD)/completion/ae.%,bash zsh fish)
endif
completions: $(COMPLETIONS)

$(BUILD)/completion/table: cmd/completion/table.sh \
    cmd/completion/options.awk $(CMDS) $(SHLIB) $(BUILD)/gen/models
	@mkdir -p $(@D)
	$(call show,GEN,$@)LD_LIBRARY_PATH=$(BUILD)/lib sh $< \
	    "$(basename $(notdir $(filter %.ae,$(MODELS))))" \
	    $(CMDS) > $@.tmp && mv $@.tmp $@

$(BUILD)/completion/ae.%: cmd/completion/%.awk $(BUILD)/completion/table \
    cmd/completion/bash.sh
	$(call show,GEN,$@)awk -v code=cmd/completion/bash.sh -f $< \
	    $(BUILD)/completion/table > $@.tmp && mv $@.tmp $@

# ---------------------------------------------------------------- install

STATIC ?= 1
override STATIC := $(filter 1,$(STATIC))
TO      = $(DESTDIR)$(PREFIX)
TOLIB   = $(DESTDIR)$(LIBDIR)
TODATA  = $(DESTDIR)$(DATADIR)
MANDIR  = $(TO)/share/man
BASHDIR = $(TO)/share/bash-completion/completions
ZSHDIR  = $(TO)/share/zsh/site-functions
FISHDIR = $(TO)/share/fish/vendor_completions.d
PUBLIC  = $(wildcard lib/*.h)
PAGES  := $(wildcard man/*.[1357])
NAMES   = $(notdir $(CMDS))
# Texts of presets, to begin a network of one's own from.  Trained models are
# within the library.
SPECS  := $(wildcard models/*.ae)
# What ae-tutorial(7) works on.
SAMPLES = samples/README.md samples/digits-idx3-ubyte.gz samples/taxi.csv.gz \
          samples/service.log samples/gray-tree.png samples/tree.png
DIGITS := $(wildcard samples/digits/*.png)

$(BUILD)/ae.pc: lib/ae.pc.in FORCE
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
	    -e 's|@VERSION@|$(VERSION)|' -e 's|@PKGS@|$(strip $(PKGS))|' \
	    $(if $(STATIC),,-e '/^[A-Z][a-z]*\.private:/d') $< > $@

install: all $(BUILD)/ae.pc
	install -d $(TO)/bin $(TO)/include $(TOLIB)/pkgconfig \
	    $(TODATA)/models $(TODATA)/samples/digits
	install -m 755 $(CMDS) $(BUILD)/bin/ae $(TO)/bin
	$(if $(STATIC),install -m 644 $(BUILD)/libae.a $(TOLIB))
	install -m 755 $(SHLIB) $(TOLIB)
	ln -sf $(notdir $(SHLIB)) $(TOLIB)/$(SONAME)
	ln -sf $(SONAME) $(TOLIB)/libae.so
	install -m 644 $(PUBLIC) $(TO)/include
	install -m 644 $(BUILD)/ae.pc $(TOLIB)/pkgconfig
	install -m 644 $(SPECS) $(TODATA)/models
	install -m 644 $(SAMPLES) $(TODATA)/samples
	install -m 644 $(DIGITS) $(TODATA)/samples/digits
	set -e; for page in $(PAGES); do \
	    dir=$(MANDIR)/man$${page##*.}; install -d $$dir; \
	    sed 's|/usr/local/share/ae|$(DATADIR)|' $$page > $$dir/$${page##*/}; \
	    chmod 644 $$dir/$${page##*/}; done
	$(if $(COMPLETIONS),$(install_completions))

# bash and fish look for a file with the command's name.
define install_completions
install -d $(BASHDIR) $(ZSHDIR) $(FISHDIR)
	install -m 644 $(BUILD)/completion/ae.bash $(BASHDIR)/ae
	install -m 644 $(BUILD)/completion/ae.zsh $(ZSHDIR)/_ae
	install -m 644 $(BUILD)/completion/ae.fish $(FISHDIR)/ae.fish
	for name in $(NAMES); do ln -sf ae $(BASHDIR)/$$name; \
	    ln -sf ae.fish $(FISHDIR)/$$name.fish; done
endef

uninstall:
	rm -f $(NAMES:%=$(TO)/bin/%) $(TO)/bin/ae $(TOLIB)/libae.a \
	    $(TOLIB)/$(notdir $(SHLIB)) $(TOLIB)/$(SONAME) \
	    $(TOLIB)/libae.so $(TOLIB)/pkgconfig/ae.pc \
	    $(PUBLIC:lib/%=$(TO)/include/%) \
	    $(SPECS:models/%=$(TODATA)/models/%) \
	    $(SAMPLES:%=$(TODATA)/%) $(DIGITS:%=$(TODATA)/%) \
	    $(BASHDIR)/ae $(NAMES:%=$(BASHDIR)/%) $(ZSHDIR)/_ae \
	    $(FISHDIR)/ae.fish $(NAMES:%=$(FISHDIR)/%.fish)
	for page in $(notdir $(PAGES)); do \
	    rm -f $(MANDIR)/man$${page##*.}/$$page; done
	rmdir $(TODATA)/models $(TODATA)/samples/digits $(TODATA)/samples \
	    $(TODATA) || true

# --------------------------------------------------------------- packages

RELEASE = ae-$(VERSION)
DIST    = $(BUILD)/$(RELEASE).tar.gz
DEB     = $(BUILD)/deb
READY   = $(BUILD)/$(RELEASE)-$(shell uname -s | tr A-Z a-z)-$(ARCH).tar.gz

dist:
	@mkdir -p $(BUILD)
	@sh packaging/dist.sh $(RELEASE) $(DIST)
	@echo $(DIST)

# What was packed, built and run where git doesn't help.
check-dist: dist
	@sh tests/tools/deps.sh build
	@rm -rf $(BUILD)/dist && mkdir -p $(BUILD)/dist
	@tar -C $(BUILD)/dist -xzf $(DIST)
	+@$(MAKE) --no-print-directory -C $(BUILD)/dist/$(RELEASE) BUILD=build
	@cd $(BUILD)/dist/$(RELEASE) && sh packaging/smoke.sh build/bin
	@rm -rf $(BUILD)/dist

# From the packed sources, so that nothing else gets in; the packages remain.
deb: dist
	@sh tests/tools/deps.sh build deb
	@rm -rf $(DEB) && mkdir -p $(DEB)
	@tar -C $(DEB) -xzf $(DIST)
	@# a BUILD of this make isn't that of the packed sources, which clean theirs
	@cd $(DEB)/$(RELEASE) && env -u BUILD -u MAKEFLAGS \
	    DEB_BUILD_OPTIONS="$(DEB_OPTIONS)" dpkg-buildpackage -b -us -uc
	@rm -rf $(DEB)/$(RELEASE)
	@if command -v lintian > /dev/null; then \
	    lintian --allow-root --fail-on error,warning $(DEB)/*.changes; \
	else echo 'left out: lintian is not installed'; fi
	@ls $(DEB)/*.deb

# The commands' path is of the older kind, which serves the libraries' own
# libraries, too, also those of OpenBLAS, which is loaded later.
tarball:
	@sh tests/tools/deps.sh build
	@rm -rf $(BUILD)/stage && mkdir -p $(BUILD)/stage
	+@$(MAKE) --no-print-directory -s install PREFIX=/usr/local \
	    DESTDIR=$(BUILD)/stage > /dev/null \
	    LDFLAGS="$(LDFLAGS) -Wl,--disable-new-dtags"
	@sh packaging/tarball.sh $(BUILD)/stage \
	    $(patsubst %.tar.gz,%,$(notdir $(READY))) $(READY)
	@rm -rf $(BUILD)/stage
	@echo $(READY)

.PHONY: completions install uninstall dist check-dist deb tarball

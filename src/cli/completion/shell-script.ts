export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The script that makes a shell ask `ask` (a command and its first arguments), with the words behind `kubezoo` after them. */
export function scriptFor(shell: Shell, ask: readonly string[]): string {
  const command = ask.map((word) => `'${word.replaceAll("'", shell === 'fish' ? "\\'" : "'\\''")}'`).join(' ');
  return TEMPLATES[shell].replaceAll('@ASK@', () => command);
}

const TEMPLATES: Readonly<Record<Shell, string>> = {
  bash: `# bash completion for kubezoo
_kubezoo() {
  local current="\${COMP_WORDS[COMP_CWORD]}" answer
  [[ $current == = ]] && current=''
  answer="$(@ASK@ "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" || return 0
  local IFS=$'\\n'
  COMPREPLY=($(tail -n +2 <<<"$answer" | cut -f 1))
  if [[ \${answer%%$'\\n'*} == :files ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}
complete -F _kubezoo kubezoo
`,
  zsh: `#compdef kubezoo
_kubezoo() {
  local answer line
  local -a described
  answer="$(@ASK@ "\${(@)words[2,CURRENT]}" 2>/dev/null)" || return 0
  if [[ "\${answer%%$'\\n'*}" == :files ]]; then _files; return; fi
  for line in "\${(@f)answer}"; do
    [[ "$line" == :* || -z "$line" ]] && continue
    described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe kubezoo described
}
compdef _kubezoo kubezoo
`,
  fish: `# fish completion for kubezoo
function __kubezoo_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l answer (@ASK@ $words[2..-1] 2>/dev/null)
  if test "$answer[1]" = ':files'
    __fish_complete_path (commandline -ct)
  end
  test (count $answer) -gt 1; and printf '%s\\n' $answer[2..-1]
end
complete -c kubezoo -f -a '(__kubezoo_complete)'
`,
};

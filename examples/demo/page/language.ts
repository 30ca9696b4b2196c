import { inject, onScopeDispose, provide, ref, watchEffect, type InjectionKey, type Ref } from 'vue';
import { en, type Messages } from './messages-en';
import { zh } from './messages-zh';
import { remember, remembered } from './storage';

export type Language = 'en' | 'zh';

const LANGUAGES: Readonly<Record<Language, { readonly tag: string; readonly messages: Messages }>> = {
  en: { tag: 'en', messages: en },
  zh: { tag: 'zh-CN', messages: zh },
};

interface Speech {
  readonly language: Ref<Language>;
  /** Texts of the language in use. */
  readonly say: () => Messages;
  /** BCP 47 tag of the reader, for numbers and times: also where there are no texts in that language. */
  readonly locale: () => string;
}

const SPEECH: InjectionKey<Speech> = Symbol('speech');

/** Gives the language to all components below: the one chosen last, or the first of the browser's that there are texts in. */
export function provideLanguage(): Speech {
  const chosen = remembered('language') ?? navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag));
  const language = ref<Language>(chosen?.startsWith('zh') ? 'zh' : 'en');
  watchEffect(() => {
    document.documentElement.lang = LANGUAGES[language.value].tag;
    remember('language', language.value);
  });
  const locale = ref(readersLocale());
  const follow = (): void => void (locale.value = readersLocale());
  addEventListener('languagechange', follow);
  onScopeDispose(() => removeEventListener('languagechange', follow));
  const speech: Speech = {
    language,
    say: () => LANGUAGES[language.value].messages,
    locale: () => locale.value,
  };
  provide(SPEECH, speech);
  return speech;
}

export function useLanguage(): Speech {
  return inject(SPEECH)!;
}

/** The reader's first locale that the browser can write numbers in. */
export function readersLocale(): string {
  const known = navigator.languages.find((tag) => {
    try {
      return Intl.NumberFormat.supportedLocalesOf(tag).length > 0;
    } catch {
      return false; // Not a tag: some systems name no language.
    }
  });
  return known ?? 'en';
}

import { Live } from './live.jsx';

export const metadata = { title: 'Live portfolio', icons: 'data:,' };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <Live>{children}</Live>
      </body>
    </html>
  );
}
